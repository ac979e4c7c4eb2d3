import { describe, expect, test } from "vitest";
import type { Capabilities, Message, TextEvent, TextRequest, TextResult } from "../src/index.ts";
import { unknownUsage } from "../src/index.ts";
import {
  capabilitiesSchema,
  embedRequestSchema,
  embedResultSchema,
  imageRequestSchema,
  jsonValueSchema,
  mediaResultSchema,
  messageSchema,
  rerankRequestSchema,
  rerankResultSchema,
  speechRequestSchema,
  textEventSchema,
  textRequestSchema,
  textResultSchema,
  transcribeRequestSchema,
  transcribeResultSchema,
  usageSchema,
  videoRequestSchema,
} from "../src/schemas/index.ts";

const image = { type: "base64", mediaType: "image/png", data: "AAAA" } as const;
const messages: Message[] = [
  { role: "system", content: [{ type: "text", text: "Be brief.", cacheControl: { ttl: "1h" } }] },
  {
    role: "user",
    name: "ada",
    content: [
      { type: "text", text: "What is this?" },
      { type: "image", source: image, detail: "low" },
      { type: "audio", source: { type: "file", id: "file_1" } },
      { type: "video", source: { type: "url", url: "https://example.test/v.mp4", mediaType: "video/mp4" } },
      { type: "document", source: { type: "text", text: "words" }, filename: "a.txt", title: "A", context: "c" },
      { type: "opaque", origin: "d", value: [1, null, { deep: true }] },
    ],
  },
  {
    role: "assistant",
    content: [
      { type: "reasoning", text: "", origin: "d", signature: "s", sealed: "e", id: "rs_1" },
      { type: "tool-call", id: "c0", name: "look", arguments: "{", signature: { origin: "d", value: "v" } },
      { type: "refusal", text: "No.", providerOptions: { d: { phase: "final" } } },
    ],
  },
  {
    role: "tool",
    content: [{ type: "tool-result", toolCallId: "c0", toolName: "look", content: [], isError: true }],
  },
];
const request: TextRequest = {
  model: "m1",
  messages,
  tools: [
    { type: "function", name: "look", description: "Looks.", parameters: { type: "object" }, strict: true },
    { type: "vendor", origin: "d", value: { type: "web_search" } },
  ],
  toolChoice: { type: "tool", name: "look" },
  parallelToolCalls: false,
  maxOutputTokens: 100,
  temperature: 0.5,
  topP: 0.9,
  topK: 40,
  presencePenalty: 0,
  frequencyPenalty: 0,
  seed: 7,
  stopSequences: ["END"],
  candidateCount: 1,
  logprobs: { enabled: true, top: 2 },
  logitBias: { "50256": -100 },
  responseFormat: { type: "json-schema", schema: { type: "object" }, name: "answer", strict: true },
  reasoning: { effort: "high", budgetTokens: "dynamic", includeText: true, summary: "auto" },
  verbosity: "low",
  user: "u1",
  metadata: { team: "a" },
  serviceTier: "flex",
  store: false,
  previousResponseId: "resp_1",
  promptCacheKey: "k",
  cacheControl: {},
  providerOptions: { d: { anything: [1, 2] } },
};
const ending = { finishReason: "stop", rawFinishReason: null, stopSequence: null, usage: unknownUsage } as const;
const result: TextResult = { id: null, model: "m1", content: [{ type: "text", text: "Hi" }], ...ending };
const textCapabilities = {
  nativeDialects: ["d"],
  streaming: true,
  tools: true,
  parallelTools: true,
  forcedTool: true,
  structuredOutput: true,
  reasoning: false,
  imageInput: false,
  documentInput: false,
  audioInput: false,
  videoInput: false,
  usageInStream: true,
  countTokens: false,
};
const media = { model: "m1", user: "u1", providerOptions: { d: { x: 1 } } };

describe("what fits a type passes unchanged", () => {
  test.each([
    ["text request, every field", textRequestSchema, request],
    ["text request, the least", textRequestSchema, { model: "m", messages: [] }],
    ["text result", textResultSchema, { ...result, logprobs: { content: [] }, providerMetadata: { d: { x: 1 } } }],
    ["usage with the vendor's own", usageSchema, { ...unknownUsage, inputTokens: 0, raw: { prompt_tokens: 0 } }],
    ["capabilities of nothing", capabilitiesSchema, {}],
    [
      "capabilities",
      capabilitiesSchema,
      {
        text: textCapabilities,
        embed: { nativeDialects: [], maxInputs: null, dimensions: true },
        image: { nativeDialects: [], jobs: true },
      } satisfies Capabilities,
    ],
    ["embed request", embedRequestSchema, { model: "m", input: ["a", [1, 2]], dimensions: 8, inputType: "query" }],
    ["embed result", embedResultSchema, { model: null, embeddings: [[0.1, -1]], usage: unknownUsage }],
    ["rerank request", rerankRequestSchema, { ...media, query: "q", documents: ["a"], topN: 1 }],
    ["rerank result", rerankResultSchema, { model: "m", ranking: [{ index: 0, score: 0.5 }], usage: unknownUsage }],
    [
      "image request",
      imageRequestSchema,
      { ...media, prompt: "p", images: [image], mask: image, size: { widthPx: 64, heightPx: 64 }, count: 2 },
    ],
    [
      "video request",
      videoRequestSchema,
      { ...media, durationSeconds: 5, firstFrame: image, references: [{ kind: "image", source: image }] },
    ],
    ["speech request", speechRequestSchema, { ...media, input: "Hi", voice: "v", sampleRateHz: 24000, speed: 1.5 }],
    ["transcribe request", transcribeRequestSchema, { ...media, audio: image, timestamps: ["word"], diarize: true }],
    [
      "transcribe result",
      transcribeResultSchema,
      {
        model: null,
        text: "Hi",
        language: null,
        durationSeconds: 1.5,
        segments: [{ startSeconds: 0, endSeconds: 1, text: "Hi" }],
        usage: unknownUsage,
      },
    ],
    [
      "media result",
      mediaResultSchema,
      { model: null, assets: [{ source: image, mediaType: "image/png", expiresAtMs: null }], usage: unknownUsage },
    ],
  ])("%s", (_name, schema, value) => {
    expect(schema.parse(value)).toEqual(value);
  });

  test.each<TextEvent>([
    { type: "response-start", id: null, model: null },
    { type: "text-start", index: 0 },
    { type: "text-delta", index: 0, text: "a", logprobs: { content: [] } },
    { type: "text-end", index: 0, providerOptions: { d: { x: 1 } } },
    { type: "reasoning-start", index: 1, origin: "d", id: "rs_1" },
    { type: "reasoning-delta", index: 1, text: "a" },
    { type: "reasoning-end", index: 1, signature: "s", sealed: "e" },
    { type: "refusal-start", index: 2 },
    { type: "refusal-delta", index: 2, text: "a" },
    { type: "refusal-end", index: 2 },
    { type: "tool-call-start", index: 3, id: "c", name: "n" },
    { type: "tool-call-delta", index: 3, arguments: "{" },
    { type: "tool-call-end", index: 3, signature: { origin: "d", value: "v" } },
    { type: "part", index: 4, part: { type: "image", source: image } },
    { type: "response-end", ...ending },
  ])("event $type", (event) => {
    expect(textEventSchema.parse(event)).toEqual(event);
  });
});

describe("what does not fit is refused at its place", () => {
  test.each([
    ["an unknown field", textRequestSchema, { ...request, max_tokens: 5 }, []],
    ["an explicit undefined", textRequestSchema, { ...request, topK: undefined }, ["topK"]],
    ["a wrong type", textRequestSchema, { ...request, topK: "40" }, ["topK"]],
    ["not a number", textRequestSchema, { ...request, topK: Number.NaN }, ["topK"]],
    ["no model", textRequestSchema, { ...request, model: "" }, ["model"]],
    ["an unknown effort", textRequestSchema, { ...request, reasoning: { effort: "ultra" } }, ["reasoning", "effort"]],
    ["an unknown role", messageSchema, { role: "developer", content: [] }, ["role"]],
    [
      "a part in the wrong message",
      messageSchema,
      { role: "user", content: [{ type: "refusal", text: "" }] },
      ["content", 0, "type"],
    ],
    ["a missing count", usageSchema, { ...unknownUsage, inputTokens: undefined }, ["inputTokens"]],
    ["a negative count", usageSchema, { ...unknownUsage, inputTokens: -1 }, ["inputTokens"]],
    ["a count that is no integer", usageSchema, { ...unknownUsage, inputTokens: 1.5 }, ["inputTokens"]],
    ["an unknown finish", textResultSchema, { ...result, finishReason: "end_turn" }, ["finishReason"]],
    [
      "a call without an id",
      textResultSchema,
      { ...result, content: [{ type: "tool-call", id: "", name: "n", arguments: "{}" }] },
      ["content", 0, "id"],
    ],
    [
      "a call without arguments",
      textResultSchema,
      { ...result, content: [{ type: "tool-call", id: "c", name: "n", arguments: "" }] },
      ["content", 0, "arguments"],
    ],
    ["an empty delta", textEventSchema, { type: "text-delta", index: 0, text: "" }, ["text"]],
    ["an unknown event", textEventSchema, { type: "ping" }, ["type"]],
    ["a modality by another name", capabilitiesSchema, { images: {} }, []],
    [
      "a hole in a manifest",
      capabilitiesSchema,
      { text: { ...textCapabilities, tools: undefined } },
      ["text", "tools"],
    ],
  ])("%s", (_name, schema, value, path) => {
    expect(schema.safeParse(value).error?.issues.map((issue) => issue.path)).toEqual([path]);
  });

  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  test.each([
    ["a function", () => 1],
    ["a date", { at: new Date(0) }],
    ["infinity", [Number.POSITIVE_INFINITY]],
    ["a bigint", 1n],
    ["undefined", undefined],
    ["a cycle", cycle],
  ])("%s is no JSON", (_name, value) => {
    expect(jsonValueSchema.safeParse(value).success).toBe(false);
  });
  test("an undefined field is an absent one", () => {
    expect(jsonValueSchema.safeParse({ a: undefined, b: [null, "x", 1, true] }).success).toBe(true);
  });
});
