import type { GatewayError, Transport, WireRequest } from "@gw/core";
import { describe, expect, test } from "vitest";
import { type GoogleOptions, google, providerPackage } from "../src/index.ts";
import { modelQuirks } from "../src/model-quirks.ts";

test.each<[object, string]>([
  [{}, "apiKey"],
  [{ apiKey: "k", project: "p" }, "project"],
])("the options %j are wrong in %s", (options, param) => {
  expect(() => google(options as GoogleOptions)).toThrow(
    expect.objectContaining({ code: "invalid_request", param } satisfies Partial<GatewayError>),
  );
});

test("is loaded by name", () => {
  expect(providerPackage).toMatchObject({
    vendor: "google",
    environment: { apiKey: "GEMINI_API_KEY", baseUrl: "GOOGLE_GEMINI_BASE_URL" },
  });
  expect(providerPackage.create({ apiKey: "k" }).id).toBe("google");
});

describe("the model in the path", () => {
  async function urlOf(model: string): Promise<string | GatewayError> {
    const sent: WireRequest[] = [];
    const transport: Transport = {
      send: async (request) => {
        sent.push(request);
        throw new Error("enough");
      },
      close: async () => {},
    };
    const { text } = google({ apiKey: "k", transport });
    const error = await text?.generate({ model, messages: [] }).catch((caught: unknown) => caught as GatewayError);
    return sent[0]?.url ?? (error as GatewayError);
  }
  const base = "https://generativelanguage.googleapis.com/v1beta";

  test.each([
    ["gemini-2.5-pro", `${base}/models/gemini-2.5-pro:generateContent`],
    ["models/gemini-2.5-pro", `${base}/models/gemini-2.5-pro:generateContent`],
    ["tunedModels/mine", `${base}/tunedModels/mine:generateContent`],
    ["a?key=b#c", `${base}/models/a%3Fkey%3Db%23c:generateContent`],
  ])("%s", async (model, url) => {
    expect(await urlOf(model)).toBe(url);
  });

  test.each(["", "../files", "models/..", "a//b"])("%j is no model", async (model) => {
    expect(await urlOf(model)).toMatchObject({ code: "invalid_request", param: "model" });
  });
});

const beforeGemini3 = { structuredOutputWithTools: false, resultMedia: "beside" };
const gemini3 = { thinking: "level", requireSignatures: true };

test.each<[string, object]>([
  ["gemini-2.0-flash", { ...beforeGemini3, thinking: "none" }],
  ["gemini-2.5-flash-image", { ...beforeGemini3, thinking: "none" }],
  ["gemma-4-31b-it", { ...beforeGemini3, thinking: "none" }],
  ["gemini-2.5-pro", { ...beforeGemini3, thinking: "budget", thinkingBudget: { min: 128, max: 32_768 } }],
  ["gemini-2.5-flash-lite", { ...beforeGemini3, thinking: "budget", thinkingBudget: { min: 0, max: 24_576 } }],
  ["gemini-3-pro-preview", { ...gemini3, thinkingLevels: ["low", "high"] }],
  ["gemini-3-flash-preview", { ...gemini3, thinkingLevels: ["minimal", "low", "medium", "high"] }],
  ["gemini-3.1-pro-preview-customtools", { ...gemini3, thinkingLevels: ["low", "medium", "high"] }],
  ["gemini-3.1-flash-image-preview", { ...gemini3, thinkingLevels: ["minimal", "high"] }],
  ["gemini-3.5-flash", { ...gemini3, thinkingLevels: ["minimal", "low", "medium", "high"] }],
  ["gemini-flash-latest", { ...gemini3, thinkingLevels: ["minimal", "low", "medium", "high"] }],
  ["something-new", { ...gemini3, thinkingLevels: ["minimal", "low", "medium", "high"] }],
])("%s departs from the format by %j", (model, quirks) => {
  expect(modelQuirks(model)).toEqual(quirks);
});
