import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../src/config/load-config.ts";

const directory = mkdtempSync(join(tmpdir(), "gw-config-"));

function load(text: string, environment: NodeJS.ProcessEnv = {}) {
  const file = join(directory, "gateway.yaml");
  writeFileSync(file, text);
  return loadConfig(file, environment);
}

describe("loadConfig", () => {
  it("reads YAML, fills in the environment, and keeps the options of a provider's package", () => {
    const config = load(
      `providers:
  openai: { apiKey: "\${OPENAI_API_KEY}" }
  second: { package: "@gw/provider-openai", api: responses, apiKey: "a-\${OPENAI_API_KEY}-b" }
  house-vllm:
    package: "@gw/provider-openai-compatible"
    baseUrl: "http://10.0.0.5:8000/v1"
    models: [qwen3-32b, { id: llama-4, price: { inputUsdPerMillion: 0.2, outputUsdPerMillion: 0.6 } }]
models:
  fast: openai/gpt-5.4-mini
  "anthropic/claude-opus-4-6":
    offers: [ { provider: second, model: "anthropic.claude-opus-4-6-v1:0" } ]
`,
      { OPENAI_API_KEY: "sk-1" },
    );
    expect(config.providers?.openai?.apiKey).toBe("sk-1");
    expect(config.providers?.second).toEqual({ package: "@gw/provider-openai", api: "responses", apiKey: "a-sk-1-b" });
    expect(config.providers?.["house-vllm"]?.models?.[0]).toBe("qwen3-32b");
    expect(config.models?.fast).toBe("openai/gpt-5.4-mini");
  });

  it("reads JSON and an empty file", () => {
    expect(load('{"port": 0}')).toEqual({ port: 0 });
    expect(load("# nothing yet\n")).toEqual({});
  });

  it.each([
    ["an unknown field", "prots: 80", "(top)"],
    ["a port out of range", "port: 70000", "port"],
    ["a base URL that is none", "providers: { a: { baseUrl: nowhere } }", "providers.a.baseUrl"],
    ["a provider name with a slash", "providers: { a/b: {} }", "providers.a/b"],
    ["a timeout of 0", "idleTimeoutMs: 0", "idleTimeoutMs"],
    ["a missing variable", 'providers: { a: { apiKey: "${GW_TEST_MISSING}" } }', "GW_TEST_MISSING"],
    ["no YAML", "providers: [", "YAML"],
  ])("refuses %s and names it", (_name, text, named) => {
    expect(() => load(text)).toThrow(
      expect.objectContaining({ code: "invalid_request", message: expect.stringContaining(named) }),
    );
  });

  it("never shows a value from the environment", () => {
    expect(() => load('port: "${SECRET}"', { SECRET: "sk-very-secret" })).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining("sk-very-secret") }),
    );
  });

  it("refuses a file that is not there", () => {
    expect(() => loadConfig(join(directory, "missing.yaml"), {})).toThrow(
      expect.objectContaining({ code: "invalid_request" }),
    );
  });
});
