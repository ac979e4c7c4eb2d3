import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readWorkspace } from "../tools/workspace.ts";
import { importArrowProblems, manifestArrowProblems } from "./conventions/dependency-arrows.ts";
import { fileShapeProblems, machineTraceProblems } from "./conventions/file-shape.ts";
import { manifestShapeProblems } from "./conventions/manifest-shape.ts";
import { isPackageSource, readSourceTree } from "./conventions/source-tree.ts";
import { vendorNameProblems } from "./conventions/vendor-names.ts";

const root = join(import.meta.dirname, "..");
const packages = readWorkspace(root);
const files = readSourceTree(root);
const paths = new Set(files.map(({ path }) => path));

describe.each(packages.map((item) => [item.directory, item] as const))("%s", (directory, item) => {
  const sources = files.filter((file) => file.path.startsWith(`${directory}/`) && isPackageSource(file));

  test("has source", () => {
    expect(sources.map(({ path }) => path)).toContain(`${directory}/src/index.ts`);
  });
  test("depends only on what its layer may", () => {
    expect(manifestArrowProblems(item)).toEqual([]);
    expect(sources.flatMap((file) => importArrowProblems(file, item))).toEqual([]);
  });
  test("names no vendor in shared code", () => {
    expect(sources.flatMap(vendorNameProblems)).toEqual([]);
  });
  test("has the manifest and files of a published package", () => {
    expect(manifestShapeProblems(item, paths)).toEqual([]);
  });
});

describe("every file", () => {
  test("has a telling name, a readable length and named exports", () => {
    expect(files.flatMap(fileShapeProblems)).toEqual([]);
  });
  test("holds no registry and no path of one machine", () => {
    expect(files.flatMap(machineTraceProblems)).toEqual([]);
  });
});
