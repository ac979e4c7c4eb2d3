import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { JsonObject } from "@gw/core/types";
import { type ContractOptions, contractCases } from "@gw/provider-testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { type ToyOptions, toy } from "./toy/toy-provider.ts";

const wire = new URL("./wire/", import.meta.url);
type Files = Record<string, JsonObject>;

const options = (overrides: Partial<ContractOptions> = {}, text: ToyOptions["text"] = {}): ContractOptions => ({
  create: (given) => toy({ ...given, text: text ?? {} }),
  fixtures: wire,
  ...overrides,
});
const names = (given: ContractOptions) => contractCases(given).map(({ name }) => name);

/** A copy of the toy's fixtures with something changed. */
function changed(change: (source: JsonObject & { files: Files }, folder: string) => void): URL {
  const folder = mkdtempSync(join(tmpdir(), "gw-wire-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync(fileURLToPath(wire), folder, { recursive: true });
  const file = join(folder, "source.json");
  const source = JSON.parse(readFileSync(file, "utf8")) as JsonObject & { files: Files };
  change(source, folder);
  writeFileSync(file, JSON.stringify(source));
  return pathToFileURL(folder);
}

describe("the cases", () => {
  test("have names of their own", () => {
    const all = names(options());
    expect(new Set(all).size).toBe(all.length);
  });

  test.each<[keyof NonNullable<ToyOptions["text"]>, string[], string[]]>([
    ["streaming", ["text: text.stream", "early exit: leaving the loop closes the socket"], []],
    ["tools", ["request: tools"], ["request: tools are refused, as the capabilities say"]],
    ["imageInput", ["request: image"], ["request: images are refused, as the capabilities say"]],
    [
      "structuredOutput",
      ["request: json-schema"],
      ["request: a schema that the vendor cannot keep to is refused or reported"],
    ],
    ["countTokens", ["count-tokens: the vendor's count"], []],
  ])("follow the capability %s", (capability, gone, instead) => {
    const without = names(options({}, { [capability]: false }));
    expect(names(options())).toEqual(expect.arrayContaining(gone));
    expect(without.filter((name) => gone.includes(name))).toEqual([]);
    expect(without).toEqual(expect.arrayContaining(instead));
  });

  test.each([
    ["text.json", "text: text", '"text"'],
    ["tools-parallel.sse", "tools: tools.parallel.stream", '"tools.parallel.stream"'],
    ["reasoning.json", "reasoning: reasoning", '"reasoning"'],
    ["length.json", "finish: length", '"length"'],
    ["request-tools.json", "request: tools", '"request.tools"'],
    ["embed.json", "embed: vectors in the order of the inputs, with usage", '"embed"'],
    ["count-tokens.json", "count-tokens: the vendor's count", '"count-tokens"'],
    ["error.sse", "errors: inside a stream, before the content", '"error-in-stream"'],
    ["error-429.json", "errors: the vendor's own error bodies are among the fixtures", "rate_limited"],
  ])("without %s fail, saying what is missing", async (file, name, missing) => {
    const fixtures = changed(({ files }, folder) => {
      delete files[file];
      rmSync(join(folder, file));
    });
    const found = contractCases(options({ fixtures })).find((one) => one.name === name);
    await expect(found?.run()).rejects.toThrow(missing);
  });

  test("fail for a fixture that does not say what is in it", async () => {
    const fixtures = changed(({ files }) =>
      Object.assign(files["text.json"] ?? {}, { expect: { finishReason: "stop" } }),
    );
    const found = contractCases(options({ fixtures })).find(({ name }) => name === "usage: text");
    await expect(found?.run()).rejects.toThrow("expect.usage");
  });

  test("of another dialect need fixtures in it", async () => {
    const found = contractCases(options({ dialect: "toy-2" })).find(({ name }) => name === "text: text");
    await expect(found?.run()).rejects.toThrow('"toy-2"');
  });
});

describe("a skip", () => {
  test("says why", () => {
    const skip = [{ reason: "The toy has no clock", tests: ["errors: retry-after as a date"] }];
    const skipped = contractCases(options({ skip })).filter(({ skipReason }) => skipReason !== null);
    expect(skipped).toMatchObject([{ name: "errors: retry-after as a date", skipReason: "The toy has no clock" }]);
  });
  test.each([
    ["no reason", { reason: " ", tests: ["errors: retry-after as a date"] }],
    ["no such case", { reason: "Because", tests: ["errors: retry-after"] }],
  ])("with %s is refused", (_name, skip) => {
    expect(() => contractCases(options({ skip: [skip] }))).toThrow(TypeError);
  });
});

describe("source.json is refused for", () => {
  test.each<[string, (source: JsonObject & { files: Files }) => void]>([
    ["no dialect", (source) => delete source.dialect],
    ["no model", (source) => delete source.model],
    ["an unknown field", (source) => Object.assign(source, { vendor: "toy" })],
    ["an unknown field of a file", ({ files }) => Object.assign(files["text.json"] ?? {}, { note: "x" })],
    ["an unknown expectation", ({ files }) => Object.assign(files["text.json"] ?? {}, { expect: { txt: "x" } })],
    ["a file without a case", ({ files }) => delete files["text.json"]?.case],
    ["an empty source", ({ files }) => Object.assign(files["text.json"] ?? {}, { source: " " })],
    ["a date of another form", ({ files }) => Object.assign(files["text.json"] ?? {}, { date: "20.11.2026" })],
    ["another kind of source", ({ files }) => Object.assign(files["text.json"] ?? {}, { kind: "generated" })],
    ["a status that is no number", ({ files }) => Object.assign(files["text.json"] ?? {}, { status: "200" })],
    ["frames without a finish", ({ files }) => Object.assign(files["text.sse"] ?? {}, { frames: { content: 1 } })],
    ["a file that is not there", ({ files }) => Object.assign(files, { "none.json": { case: "text" } })],
    ["a file that it does not list", ({ files }) => delete files["text.json"]],
  ])("%s", (_name, change) => {
    expect(() => contractCases(options({ fixtures: changed(change) }))).toThrow(TypeError);
  });
  test("a file whose content type cannot be told", () => {
    const fixtures = changed(({ files }, folder) => {
      writeFileSync(join(folder, "text.bin"), "");
      Object.assign(files, { "text.bin": { case: "x" } });
    });
    expect(() => contractCases(options({ fixtures }))).toThrow(TypeError);
  });
});
