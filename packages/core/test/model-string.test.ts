import { describe, expect, test } from "vitest";
import { type ModelRef, parseModelString } from "../src/index.ts";

describe("parseModelString", () => {
  test.each<[string, ModelRef]>([
    ["anthropic/claude-opus-4-6", { type: "model", provider: "anthropic", model: "claude-opus-4-6" }],
    ["openrouter/openai/gpt-5.5:free", { type: "model", provider: "openrouter", model: "openai/gpt-5.5:free" }],
    ["second/gpt-5.5", { type: "model", provider: "second", model: "gpt-5.5" }],
    ["house-vllm/qwen3-32b", { type: "model", provider: "house-vllm", model: "qwen3-32b" }],
    ["bedrock/anthropic.claude-v1:0", { type: "model", provider: "bedrock", model: "anthropic.claude-v1:0" }],
    ["a/b/", { type: "model", provider: "a", model: "b/" }],
    ["@cf/meta/llama-4", { type: "model", provider: "workers-ai", model: "@cf/meta/llama-4" }],
    ["@hf/author/model", { type: "model", provider: "workers-ai", model: "@hf/author/model" }],
    ["workers-ai/@cf/meta/llama-4", { type: "model", provider: "workers-ai", model: "@cf/meta/llama-4" }],
    ["route/smart", { type: "route", name: "smart" }],
    ["dynamic/smart", { type: "route", name: "smart" }],
    ["route/a/b", { type: "route", name: "a/b" }],
    ["fast", { type: "alias", name: "fast" }],
    ["route", { type: "alias", name: "route" }],
    ["@cf", { type: "alias", name: "@cf" }],
    [`a/${"b".repeat(254)}`, { type: "model", provider: "a", model: "b".repeat(254) }],
  ])("%s", (text, ref) => {
    expect(parseModelString(text)).toEqual(ref);
  });

  test.each([
    ["", "empty"],
    ["/model", "no provider"],
    ["provider/", "no model"],
    ["route/", "no route"],
    ["/", "neither"],
    ["a b/c", "a space"],
    ["a/b\n", "a line break"],
    ["a/b\0", "a control character"],
    ["a/é", "not ASCII"],
    ['a/"b"', "quotes"],
    ["a\\b", "a backslash"],
    ["a/b?c=d", "a query"],
    [`a/${"b".repeat(255)}`, "too long"],
    [7 as unknown as string, "not a string"],
  ])("refuses %j: %s", (text) => {
    expect(() => parseModelString(text)).toThrow(
      expect.objectContaining({ code: "model_string_malformed", httpStatus: 400, param: "model" }),
    );
  });
});
