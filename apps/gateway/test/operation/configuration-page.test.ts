import { readFileSync } from "node:fs";
import { join } from "node:path";
import { errorCodes } from "@gw/core";
import { describe, expect, it } from "vitest";
import { defaultSettings } from "../../src/config/settings.ts";
import { configSchema } from "../../src/index.ts";
import { openApiDocument } from "../../src/openapi.ts";

const page = readFileSync(join(import.meta.dirname, "../../../../docs/configuration.md"), "utf8");
const rows = page.split("\n").filter((line) => line.startsWith("| "));
const rowOf = (name: string): string | undefined => rows.find((row) => row.split("|")[1]?.includes(`\`${name}\``));

describe("docs/configuration.md", () => {
  it("has a row for every setting, with its default", () => {
    const settings = Object.keys(configSchema.shape).filter((name) => name !== "$schema");
    expect(settings.filter((name) => rowOf(name) === undefined)).toEqual([]);
    const defaults = Object.entries(defaultSettings).filter(([, value]) => typeof value !== "object");
    const shows = (row: string, value: unknown): boolean =>
      row.includes(`${value}`) || row.includes(Number(value).toLocaleString("en"));
    expect(defaults.filter(([name, value]) => !shows(rowOf(name) ?? "", value))).toEqual([]);
  });

  it("has every error code with its status", () => {
    const wrong = Object.entries(errorCodes).filter(
      ([code, { httpStatus }]) => !rowOf(code)?.includes(`| ${httpStatus} |`),
    );
    expect(wrong).toEqual([]);
  });

  it("has every endpoint and header of the OpenAPI document", () => {
    const { paths, components } = openApiDocument() as {
      paths: Record<string, object>;
      components: { parameters: object; headers: object };
    };
    // Methods of a model follow its first one, and an id may be spelled out.
    const spelled = (path: string): string => path.replace(/^.*(?=:\w+$)/, "").replace("{requestId}", "{request id}");
    expect(Object.keys(paths).filter((path) => !page.includes(spelled(path)))).toEqual([]);
    const headers = [...Object.keys(components.parameters), ...Object.keys(components.headers), "gw-error"];
    expect(headers.filter((name) => rowOf(name) === undefined)).toEqual([]);
  });
});
