import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { ProviderPackage } from "@gw/core";
import { contractCases } from "@gw/provider-testkit";
import { expect, onTestFinished, test } from "vitest";
import { providerFiles } from "../tools/provider-files.ts";
import { readProviderTemplates } from "../tools/provider-templates.ts";
import type { Manifest } from "../tools/workspace.ts";
import { manifestArrowProblems } from "./conventions/dependency-arrows.ts";
import { fileShapeProblems } from "./conventions/file-shape.ts";
import { manifestShapeProblems } from "./conventions/manifest-shape.ts";

const root = join(import.meta.dirname, "..");
const directory = "packages/provider-acme-cloud";
const files = providerFiles("acme-cloud", readProviderTemplates(), "2026-11-20");

test("a new provider has the four files that its author writes, and those nobody edits", () => {
  expect(Object.keys(files).filter((path) => !path.startsWith("test/wire/"))).toEqual(
    expect.arrayContaining([
      "README.md",
      "package.json",
      "src/acme-cloud.ts",
      "src/index.ts",
      "test/contract.test.ts",
      "tsconfig.json",
      "tsup.config.ts",
    ]),
  );
  expect(files["src/acme-cloud.ts"]).toContain("export function acmeCloud(options: ProviderOptions)");
  expect(files["src/acme-cloud.ts"]).toContain('apiKey: "ACME_CLOUD_API_KEY"');
  expect(Object.entries(files).filter(([path, text]) => `${path}${text}`.includes("{{"))).toEqual([]);
});

test("a new provider keeps the conventions", () => {
  const item = { directory, manifest: JSON.parse(files["package.json"] ?? "") as Manifest };
  const paths = new Set(Object.keys(files).map((path) => `${directory}/${path}`));
  expect(manifestShapeProblems(item, paths)).toEqual([]);
  expect(manifestArrowProblems(item)).toEqual([]);
  const sources = Object.entries(files).map(([path, text]) => ({ path: `${directory}/${path}`, text }));
  expect(sources.flatMap(fileShapeProblems)).toEqual([]);
});

test("a new provider keeps the contract", { timeout: 60_000 }, async () => {
  mkdirSync(join(root, ".gw"), { recursive: true });
  const folder = mkdtempSync(join(root, ".gw", "new-provider-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const { providerPackage } = (await import(join(folder, "src/acme-cloud.ts"))) as { providerPackage: ProviderPackage };
  const failures: string[] = [];
  for (const { name, run } of contractCases({
    create: ({ baseUrl, ...options }) => providerPackage.create({ ...options, baseUrl: `${baseUrl}/v1` }),
    fixtures: pathToFileURL(join(folder, "test/wire/")),
  })) {
    await run().catch((error: unknown) => failures.push(`${name}: ${String(error)}`));
  }
  expect(failures).toEqual([]);
});

test.each(["Acme", "acme_cloud", "1acme", "acme-", "../acme", "acme cloud", ""])(
  "%j is no name of a provider",
  (name) => {
    expect(() => providerFiles(name, {}, "2026-11-20")).toThrow(TypeError);
  },
);
