import type { JsonObject } from "@gw/core";
import { describe, expect, it } from "vitest";
import { adminPrincipal } from "../../src/tenant.ts";
import { directoryOf, madeUpModel, textWithout } from "./directory.ts";
import { planOf, providersOf, targetsOf } from "./resolved.ts";

const models = [
  madeUpModel("a/big", { a: [4, 8], b: [1, 2], c: null, d: [2, 4] }),
  madeUpModel("a/small", { a: [0.5, 1], d: [0.1, 0.2] }),
];
const directory = directoryOf({
  providers: {
    a: { policy: { trainsOnData: false, zeroDataRetention: true, quantization: "bf16" } },
    b: { policy: { trainsOnData: true, zeroDataRetention: false, quantization: "fp8" } },
    c: { capabilities: textWithout("tools") },
    d: { policy: { trainsOnData: false } },
    b2: { vendor: "b" },
  },
  models,
  aliases: { cheap: "a/small" },
});

const withProvider = (provider: JsonObject, more: JsonObject = {}) =>
  providersOf("a/big", directory, { body: { ...more, provider } });

describe("the provider field", () => {
  it.each([
    [{}, ["a", "b", "b2", "c", "d"]],
    [{ order: ["d", "c"] }, ["d", "c", "a", "b", "b2"]],
    [{ order: ["d", "nobody", "b"], allow_fallbacks: false }, ["d", "b"]],
    [{ allow_fallbacks: false }, ["a"]],
    [{ only: ["b", "d"] }, ["b", "d"]],
    [{ only: ["b", "d"], order: ["d"] }, ["d", "b"]],
    [{ ignore: ["a", "c"] }, ["b", "b2", "d"]],
    [{ data_collection: "deny" }, ["a", "d"]],
    [{ zdr: true }, ["a"]],
    [{ quantizations: ["fp8", "unknown"] }, ["b", "b2", "c", "d"]],
    [{ max_price: { prompt: 2 } }, ["b", "b2", "d"]],
    [{ max_price: { prompt: 4, completion: 4 } }, ["b", "b2", "d"]],
    [{ sort: "price" }, ["b", "b2", "d", "a", "c"]],
    [{ sort: { by: "price" }, order: ["a"] }, ["a", "b", "b2", "d", "c"]],
    [{ sort: "price", allow_fallbacks: false }, ["b"]],
  ])("%j gives %j", (provider, expected) => {
    expect(withProvider(provider)).toEqual(expected);
  });

  it("understands the names of vendors that are configured under other names, however they are written", () => {
    const renamed = directoryOf({ providers: { eu: { vendor: "anthropic" }, bedrock: {} } });
    const only = (name: string) => providersOf("claude-opus-4-6", renamed, { body: { provider: { only: [name] } } });
    expect(only("Anthropic")).toEqual(["eu"]);
    expect(only("amazon-bedrock")).toEqual(["bedrock"]);
    expect(only("eu")).toEqual(["eu"]);
  });

  it.each([
    ["provider.only", { only: ["nobody"] }],
    ["provider.ignore", { ignore: ["a", "b", "b2", "c", "d"] }],
    ["provider.zdr", { zdr: true, ignore: ["a"] }],
    ["provider.data_collection", { data_collection: "deny", only: ["b", "c"] }],
    ["provider.quantizations", { quantizations: ["int4"] }],
    ["provider.max_price", { max_price: { prompt: 0.1 } }],
    ["provider.order", { order: ["nobody"], allow_fallbacks: false }],
  ])("is told that %s leaves nobody", (param, provider) => {
    expect(() => withProvider(provider)).toThrow(expect.objectContaining({ code: "model_not_found", param }));
  });

  it("puts targets that cannot take the request behind, or leaves them out where that is asked for", () => {
    const tools = [{ type: "function", function: { name: "f" } }];
    expect(withProvider({ order: ["c"] }, { tools })).toEqual(["a", "b", "b2", "d", "c"]);
    expect(withProvider({ require_parameters: true }, { tools })).toEqual(["a", "b", "b2", "d"]);
    expect(withProvider({ require_parameters: true })).toEqual(["a", "b", "b2", "c", "d"]);
    expect(() => withProvider({ require_parameters: true, only: ["c"] }, { tools })).toThrow(
      expect.objectContaining({ code: "model_not_found", param: "provider.require_parameters" }),
    );
  });

  it("sorts by what was measured, with the unmeasured last, and prefers who is fast enough", () => {
    const own = directoryOf({ providers: { a: {}, b: {}, c: {}, d: {} }, models });
    const seen = (provider: string, firstContentMs: number, outputTokens: number) =>
      own.speeds.observe({ circuit: `${provider}/big`, firstContentMs, outputTokens, durationMs: 1_000 });
    seen("a", 900, 90);
    seen("b", 300, 10);
    seen("d", 600, 50);
    const order = (provider: JsonObject) => providersOf("a/big", own, { body: { provider } });
    expect(order({ sort: "latency" })).toEqual(["b", "d", "a", "c"]);
    expect(order({ sort: "throughput" })).toEqual(["a", "d", "b", "c"]);
    expect(order({ preferred_max_latency: 0.5 })).toEqual(["b", "c", "a", "d"]);
    expect(order({ preferred_min_throughput: 40 })).toEqual(["a", "c", "d", "b"]);
    expect(order({ preferred_min_throughput: { p50: 60, p90: 20 } })).toEqual(["a", "c", "b", "d"]);
  });

  it("sorts each model's providers by themselves, or all together", () => {
    const sorted = (sort: JsonObject) =>
      targetsOf("a/big", directory, { body: { models: ["a/small"], provider: { sort, only: ["a", "d"] } } });
    expect(sorted({ by: "price" })).toEqual(["d/big", "a/big", "d/small", "a/small"]);
    expect(sorted({ by: "price", partition: "none" })).toEqual(["d/small", "a/small", "d/big", "a/big"]);
  });
});

describe("models and fallbacks", () => {
  const calling = (body: JsonObject, model = "a/big") => targetsOf(model, directory, { body });
  const big = ["a/big", "b/big", "b2/big", "c/big", "d/big"];
  const small = ["a/small", "d/small"];

  it("follow the call's own model with all of its providers", () => {
    expect(calling({ models: ["a/small"] })).toEqual([...big, ...small]);
    expect(calling({ fallbacks: ["cheap"] })).toEqual([...big, ...small]);
    expect(calling({ fallbacks: [{ provider: "d", model: "small" }] })).toEqual([...big, "d/small", "a/small"]);
  });

  it("name the call's own model again at no cost", () => {
    expect(calling({ models: ["a/big", "a/small"] })).toEqual([...big, ...small]);
  });

  it("carry the fields that a fallback changes, to its targets only", () => {
    const { targets } = planOf("a/small", directory, { body: { fallbacks: [{ model: "a/small", temperature: 0 }] } });
    expect(targets.map(({ via, patch }) => [via.name, patch])).toEqual([
      ["a", null],
      ["d", null],
      ["a", { temperature: 0 }],
      ["d", { temperature: 0 }],
    ]);
  });

  it("answer for a model that nobody offers, and are passed over where nobody offers them", () => {
    expect(calling({ fallbacks: ["a/small"] }, "model-of-nobody")).toEqual(small);
    expect(calling({ fallbacks: ["model-of-nobody", "a/small"] }, "a/small")).toEqual(small);
    expect(() => calling({ fallbacks: ["route/none"] }, "model-of-nobody")).toThrow(
      expect.objectContaining({ code: "model_not_found", param: "model" }),
    );
  });

  it("are refused where they are no model strings", () => {
    expect(() => calling({ fallbacks: ["a b"] })).toThrow(expect.objectContaining({ code: "model_string_malformed" }));
  });

  it("do not exist under disable_fallbacks: the first target answers, or nobody", () => {
    expect(calling({ fallbacks: ["a/small"], disable_fallbacks: true })).toEqual(["a/big"]);
    expect(calling({ disable_fallbacks: true })).toEqual(["a/big"]);
  });

  it("are bound by the key like the call's own model", () => {
    const principal = { ...adminPrincipal, models: ["a/*", "d/small"] };
    const body = { models: ["a/small", "b/big"] };
    expect(targetsOf("a/big", directory, { principal, body })).toEqual(["a/big", "a/small", "d/small"]);
    expect(() => targetsOf("b/big", directory, { principal: { ...principal, models: ["x"] }, body })).toThrow(
      expect.objectContaining({ code: "permission_denied" }),
    );
  });
});
