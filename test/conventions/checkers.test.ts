import { describe, expect, test } from "vitest";
import type { Manifest, WorkspacePackage } from "../../tools/workspace.ts";
import { importArrowProblems, manifestArrowProblems } from "./dependency-arrows.ts";
import { fileShapeProblems, machineTraceProblems } from "./file-shape.ts";
import { manifestShapeProblems } from "./manifest-shape.ts";
import { vendorNameProblems } from "./vendor-names.ts";

const entry = { types: "./dist/index.d.ts", default: "./dist/index.js" };
const sound: Manifest = {
  name: "@gw/failover",
  description: "Attempts, retries and breakers.",
  license: "Apache-2.0",
  type: "module",
  sideEffects: false,
  engines: { node: ">=22.19" },
  files: ["dist"],
  exports: { ".": { "@gw/source": "./src/index.ts", ...entry } },
  publishConfig: { access: "public", exports: { ".": entry } },
  dependencies: { "@gw/core": "workspace:^" },
};
const workspacePackage = (changes: Partial<Manifest>): WorkspacePackage => ({
  directory: "packages/failover",
  manifest: { ...sound, ...changes },
});
const file = (path: string, text: string) => ({ path, text });
const paths = new Set(["packages/failover/README.md", "packages/failover/tsconfig.json"]);

describe("dependency arrows", () => {
  test.each<[string, Record<string, string>, string[]]>([
    ["failover", { "@gw/core": "" }, []],
    ["failover", { "@gw/billing": "" }, ["@gw/failover: may not depend on @gw/billing"]],
    ["stream-buffer", { "@gw/core": "" }, ["@gw/stream-buffer: may not depend on @gw/core"]],
    ["provider-acme", { "@gw/dialects": "", "@gw/provider-kit": "" }, []],
    ["provider-acme", { "@gw/provider-zeta": "" }, ["@gw/provider-acme: may not depend on @gw/provider-zeta"]],
    ["provider-acme", { got: "" }, ["@gw/provider-acme: may not depend on got"]],
    ["provider-testkit", { "@gw/dialects": "" }, ["@gw/provider-testkit: may not depend on @gw/dialects"]],
    ["core", { zod: "" }, []],
    ["core", { "@gw/dialects": "" }, ["@gw/core: may not depend on @gw/dialects"]],
    ["client", { "@gw/core": "" }, []],
    ["unheard-of", {}, ["@gw/unheard-of: has no rule in test/conventions/dependency-arrows.ts"]],
  ])("%s may depend on %j: %j", (name, dependencies, problems) => {
    expect(manifestArrowProblems(workspacePackage({ name: `@gw/${name}`, dependencies }))).toEqual(problems);
  });

  test.each<[string, string, string[]]>([
    ["failover", 'import type { Usage } from "@gw/core/types";', []],
    ["failover", 'export * from "@gw/catalog";', ["a.ts: may not import @gw/catalog"]],
    ["failover", 'const x = await import("@gw/catalog");', ["a.ts: may not import @gw/catalog"]],
    ["failover", '// import "@gw/catalog";', []],
    ["failover", 'import "@gw/failover";', ["a.ts: imports its own package by name"]],
    ["failover", 'import { join } from "node:path";', ["a.ts: imports node:path, but runs outside Node too"]],
    ["provider-kit", 'import { Pool } from "undici";', ["a.ts: imports undici, which package.json does not declare"]],
    ["provider-acme", 'import "@gw/provider-zeta";', ["a.ts: may not import @gw/provider-zeta"]],
    ["client", 'import { GatewayError } from "@gw/core";', ["a.ts: may not import @gw/core"]],
    ["client", 'import type { Usage } from "@gw/core/types";', []],
  ])("%s may import %s: %j", (name, text, problems) => {
    expect(importArrowProblems(file("a.ts", text), workspacePackage({ name: `@gw/${name}` }))).toEqual(problems);
  });
});

describe("vendor names", () => {
  const path = "packages/failover/src/a.ts";
  test.each<[string, string, string[]]>([
    ["a string", 'if (id === "anthropic") {}', [`${path}:1: names the vendor anthropic`]],
    ["an identifier", "\nconst isOpenAI = 1;", [`${path}:2: names the vendor OpenAI`]],
    ["a template", "const a = `x groq`;", [`${path}:1: names the vendor groq`]],
    ["code after a comment", 'f(/* note */ "mistral");', [`${path}:1: names the vendor mistral`]],
    ["comments", "/** As OpenAI does. */\nconst a = 1; // openai\n/* xai */", []],
    ["wire formats", 'import { openAIChat } from "x"; const a = ["openai-chat", "anthropic-messages", "gemini"];', []],
    ["a model name", 'const a = "gemini-2.5-pro";', [`${path}:1: names the vendor gemini`]],
    ["other words", 'const a = ["coherent", "replicated", "false", "fallback"];', []],
  ])("finds them in %s", (_where, text, problems) => {
    expect(vendorNameProblems(file(path, text))).toEqual(problems);
  });

  test.each([
    ["packages/provider-acme/src/index.ts", 0],
    ["packages/sandbox/src/index.ts", 0],
    ["packages/dialects/src/gemini/gemini.ts", 0],
    ["packages/catalog/src/data/models.ts", 0],
    ["packages/catalog/src/catalog.ts", 1],
    ["packages/provider-kit/src/index.ts", 1],
    ["packages/provider-testkit/src/index.ts", 1],
    ["apps/gateway/src/cli.ts", 1],
  ])("%s: %i problem", (where, count) => {
    expect(vendorNameProblems(file(where, 'const a = "openai";'))).toHaveLength(count);
  });
});

describe("manifest shape", () => {
  test("a sound package", () => {
    expect(manifestShapeProblems(workspacePackage({}), paths)).toEqual([]);
  });
  test.each<[string, Partial<Manifest>]>([
    ["the name is not @gw/<name>", { name: "failover" }],
    ["no description", { description: "" }],
    ["the license is not Apache-2.0", { license: "MIT" }],
    ["not an ES module", { type: "commonjs" }],
    ["no Node range", { engines: {} }],
    ["files does not hold dist", { files: ["src"] }],
    ["not public", { publishConfig: { exports: { ".": entry } } }],
    ["an entry of exports has no source condition", { exports: { ".": entry } }],
    [
      "publishConfig.exports differs from exports without the source condition",
      { exports: { ...sound.exports, "./more": { "@gw/source": "./src/more.ts", default: "./dist/more.js" } } },
    ],
    [
      "a dependency on a package of ours is not workspace:^, or one from npm is not catalog:",
      { devDependencies: { vitest: "5.1.0" } },
    ],
  ])("%s", (problem, changes) => {
    expect(manifestShapeProblems(workspacePackage(changes), paths)).toEqual([
      `packages/failover/package.json: ${problem}`,
    ]);
  });
  test("sideEffects must be declared", () => {
    const { sideEffects: _, ...manifest } = sound;
    expect(manifestShapeProblems({ directory: "packages/failover", manifest }, paths)).toEqual([
      "packages/failover/package.json: sideEffects is not declared",
    ]);
  });
  test("a README must stand beside it", () => {
    expect(manifestShapeProblems(workspacePackage({}), new Set(["packages/failover/tsconfig.json"]))).toEqual([
      "packages/failover: README.md is missing",
    ]);
  });
});

describe("file shape", () => {
  test.each<[string, string, string[]]>([
    ["packages/a/src/index.ts", 'export { a } from "./a.ts";\nexport type * from "./types.ts";', []],
    ["packages/a/src/index.ts", 'export * from "./a.ts";', ["holds more than named re-exports"]],
    ["packages/a/src/b/index.ts", "export const a = 1;", ["holds more than named re-exports"]],
    ["packages/a/src/long.ts", "\n".repeat(400), []],
    ["packages/a/src/long.ts", "\n".repeat(401), ["401 lines, more than 400"]],
    ["packages/a/src/long.gen.ts", "\n".repeat(401), []],
    ["packages/a/src/camelCase.ts", "", ["the name is not kebab-case"]],
    ["packages/a/test/two-words.test.ts", "", []],
    ["packages/a/src/utils.ts", "", ["the name does not say what the file holds"]],
    ["packages/a/src/a.ts", "export default 1;", ["has a default export"]],
    ["packages/a/src/a.ts", "export default function a() {}", ["has a default export"]],
    ["packages/a/tsup.config.ts", "export default 1;", []],
  ])("%s holding %j: %j", (path, text, problems) => {
    expect(fileShapeProblems(file(path, text))).toEqual(problems.map((problem) => `${path}: ${problem}`));
  });

  // Put together here, so that this file passes its own rule.
  const slash = "/";
  test.each<[string, string[]]>([
    [`resolution: https:${slash}${slash}registry.${"npmjs"}.org/a`, ["a.md: names a package registry"]],
    [`tarball: https:${slash}${slash}npm.acme.test/a/-/a-1.0.0.tgz`, ["a.md: names a package registry"]],
    [`see ${slash}root/notes`, ["a.md: holds a path of one machine"]],
    ["see https://nodejs.org/api and ./root/notes", []],
  ])("%s: %j", (text, problems) => {
    expect(machineTraceProblems(file("a.md", text))).toEqual(problems);
  });
});
