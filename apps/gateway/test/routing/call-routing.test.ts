import type { JsonObject } from "@gw/core";
import { describe, expect, it } from "vitest";
import { noRouting, readCallRouting } from "../../src/routing/call-routing.ts";

describe("readCallRouting", () => {
  it("leaves a body alone that asks for nothing", () => {
    const read = readCallRouting({ model: "m", messages: [], user: "u" });
    expect(read.routing).toBe(noRouting);
    expect(read.body).toBeNull();
  });

  it("takes its fields out of the body, and changes nothing of the caller's", () => {
    const body = {
      model: "a",
      models: ["b"],
      fallbacks: ["c"],
      disable_fallbacks: false,
      provider: {},
      session_id: "s",
    };
    expect(readCallRouting(body).body).toEqual({ model: "a" });
    expect(Object.keys(body)).toHaveLength(6);
  });

  it("tries models before fallbacks, in both of their forms", () => {
    const { routing } = readCallRouting({
      models: ["a/b"],
      fallbacks: [
        "c/d",
        { model: "e", messages: [{ role: "user", content: "shorter" }], temperature: 0 },
        { provider: "f", model: "g/h" },
      ],
    });
    expect(routing.fallbacks).toEqual([
      { model: "a/b", patch: null },
      { model: "c/d", patch: null },
      { model: "e", patch: { messages: [{ role: "user", content: "shorter" }], temperature: 0 } },
      { model: "f/g/h", patch: null },
    ]);
  });

  it("reads the rest", () => {
    expect(readCallRouting({ disable_fallbacks: true, session_id: "s-1" }).routing).toEqual({
      fallbacks: [],
      disableFallbacks: true,
      provider: null,
      sessionId: "s-1",
    });
  });

  it("takes null for absent, as SDKs send it", () => {
    const body = {
      model: "m",
      models: null,
      fallbacks: null,
      disable_fallbacks: null,
      provider: null,
      session_id: null,
    };
    expect(readCallRouting(body)).toEqual({ routing: noRouting, body: { model: "m" } });
  });

  it("reads every wish about providers", () => {
    const { routing } = readCallRouting({
      provider: {
        order: ["a"],
        only: ["a", "b"],
        ignore: ["c"],
        allow_fallbacks: false,
        require_parameters: true,
        data_collection: "deny",
        zdr: true,
        quantizations: ["fp8"],
        sort: { by: "throughput", partition: "none" },
        max_price: { prompt: 1, completion: "2.5", request: 0, image: 0 },
        enforce_distillable_text: false,
        preferred_min_throughput: { p50: 40, p90: 20 },
        preferred_max_latency: 1.5,
      },
    });
    expect(routing.provider).toEqual({
      order: ["a"],
      only: ["a", "b"],
      ignore: ["c"],
      allowFallbacks: false,
      requireParameters: true,
      denyDataCollection: true,
      zeroDataRetention: true,
      quantizations: ["fp8"],
      sort: { by: "throughput", acrossModels: true },
      maxPrice: { inputUsdPerMillion: 1, outputUsdPerMillion: 2.5 },
      minTokensPerSecond: 40,
      maxLatencyMs: 1_500,
    });
  });

  it("wishes nothing about providers where the field says nothing", () => {
    expect(
      readCallRouting({ provider: { data_collection: "allow", sort: null, zdr: false } }).routing.provider,
    ).toEqual({
      order: null,
      only: null,
      ignore: null,
      allowFallbacks: true,
      requireParameters: false,
      denyDataCollection: false,
      zeroDataRetention: false,
      quantizations: null,
      sort: null,
      maxPrice: null,
      minTokensPerSecond: null,
      maxLatencyMs: null,
    });
  });

  it.each([
    ["models", { models: "a" }],
    ["models.1", { models: ["a", 7] }],
    ["models", { models: Array.from({ length: 33 }, () => "a") }],
    ["fallbacks", { fallbacks: { a: ["b"] } }],
    ["fallbacks.0", { fallbacks: [7] }],
    ["fallbacks.0", { fallbacks: [["a"]] }],
    ["fallbacks.1.model", { fallbacks: ["a", { messages: [] }] }],
    ["fallbacks.0.provider", { fallbacks: [{ model: "m", provider: { only: ["a"] } }] }],
    ["fallbacks.0.stream", { fallbacks: [{ model: "m", stream: true }] }],
    ["fallbacks.0.fallbacks", { fallbacks: [{ model: "m", fallbacks: ["n"] }] }],
    ["disable_fallbacks", { disable_fallbacks: "true" }],
    ["session_id", { session_id: 7 }],
    ["session_id", { session_id: "" }],
    ["session_id", { session_id: "x".repeat(257) }],
    ["provider", { provider: "a" }],
    ["provider.order", { provider: { order: "a" } }],
    ["provider.only.0", { provider: { only: [7] } }],
    ["provider.allow_fallbacks", { provider: { allow_fallbacks: "no" } }],
    ["provider.data_collection", { provider: { data_collection: "never" } }],
    ["provider.zdr", { provider: { zdr: "yes" } }],
    ["provider.sort", { provider: { sort: "beauty" } }],
    ["provider.max_price.prompt", { provider: { max_price: { prompt: "cheap" } } }],
    ["provider.preferred_max_latency", { provider: { preferred_max_latency: "fast" } }],
    ["provider.enforce_distillable_text", { provider: { enforce_distillable_text: true } }],
    ["provider.zdrr", { provider: { zdrr: true } }],
  ] as [string, JsonObject][])("refuses %s of %j", (param, body) => {
    expect(() => readCallRouting(body)).toThrow(expect.objectContaining({ code: "invalid_request", param }));
  });
});
