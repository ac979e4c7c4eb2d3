import { TextCollector, unknownUsage } from "@gw/core";
import { describe, expect, test } from "vitest";
import { gemini } from "../../src/gemini/gemini.ts";
import type { Wire } from "./wire.ts";

const context = { id: "a1b2c3d4e5f6a1b2c3d4e5f6", createdAtMs: 0, model: "m", requestBody: {} };

function answer(...parts: Wire[]) {
  return { candidates: [{ content: { role: "model", parts }, finishReason: "STOP" }], responseId: "r1" };
}

function fold(...chunks: Wire[]) {
  const decoder = gemini.streamDecoder();
  const collector = new TextCollector();
  for (const chunk of chunks) for (const event of decoder.push({ data: JSON.stringify(chunk) })) collector.push(event);
  for (const event of decoder.end()) collector.push(event);
  return collector.result();
}

describe("a vendor's reply", () => {
  test("a list of chunks, which a stream without SSE is, reads like the stream", () => {
    const chunks = [
      { candidates: [{ content: { role: "model", parts: [{ text: "a" }] } }], responseId: "r1" },
      { ...answer({ text: "b" }), usageMetadata: { promptTokenCount: 1, totalTokenCount: 3 } },
    ];
    const result = gemini.decodeResult(chunks);
    expect(result).toMatchObject({ content: [{ type: "text", text: "ab" }], usage: { outputTokens: 2 } });
    expect(result).toEqual(fold(...chunks));
    expect(() => gemini.decodeResult([])).toThrow(expect.objectContaining({ code: "reply_malformed" }));
  });

  test("trap 17: a blocked prompt is an answer without content", () => {
    const reply = {
      promptFeedback: { blockReason: "PROHIBITED_CONTENT" },
      usageMetadata: { promptTokenCount: 4, totalTokenCount: 4 },
    };
    const result = gemini.decodeResult(reply);
    expect(result).toMatchObject({
      content: [],
      finishReason: "content_filter",
      rawFinishReason: "PROHIBITED_CONTENT",
      usage: { inputTokens: 4, outputTokens: 0 },
    });
    expect(fold(reply)).toEqual(result);
    expect(gemini.encodeResult(result, context)).toMatchObject({ promptFeedback: reply.promptFeedback });
    expect(gemini.encodeResult(result, context)).not.toHaveProperty("candidates");
    const observer = gemini.observer({ stream: true, hideUsage: false });
    observer.frame({ data: JSON.stringify(reply) });
    observer.end();
    expect(observer.observation().finishReason).toBe("content_filter");
  });

  test.each([
    ["STOP", "stop"],
    ["MAX_TOKENS", "length"],
    ["SAFETY", "content_filter"],
    ["SPII", "content_filter"],
    ["IMAGE_RECITATION", "content_filter"],
    ["MALFORMED_FUNCTION_CALL", "error"],
    ["A_WORD_OF_TOMORROW", "error"],
  ])("finish reason %s", (word, finishReason) => {
    const result = gemini.decodeResult({ candidates: [{ finishReason: word }] });
    expect(result).toMatchObject({ content: [], finishReason, rawFinishReason: word, usage: unknownUsage });
  });

  test("text after the first finish reason counts, and the last reason wins", () => {
    const chunk = (text: string, finishReason: string) => ({
      candidates: [{ content: { parts: [{ text }] }, finishReason }],
    });
    expect(fold(chunk("a", "STOP"), chunk("b", "MAX_TOKENS"))).toMatchObject({
      content: [{ type: "text", text: "ab" }],
      finishReason: "length",
    });
  });

  test("a signature on an empty text stays on the text that it ends, or stands alone", () => {
    const signed = { text: "", thoughtSignature: "c2ln" };
    expect(fold(answer({ text: "a" }), answer({ text: "b" }), answer(signed)).content).toEqual([
      { type: "text", text: "ab", providerOptions: { gemini: { thoughtSignature: "c2ln" } } },
    ]);
    expect(gemini.decodeResult(answer({ text: "t", thought: true }, signed)).content).toEqual([
      { type: "reasoning", text: "t", origin: "gemini" },
      { type: "text", text: "", providerOptions: { gemini: { thoughtSignature: "c2ln" } } },
    ]);
  });

  test("unknown parts, media and metadata are kept", () => {
    const reply = answer(
      { executableCode: { code: "1" } },
      { inlineData: { mimeType: "image/png", data: "aGk=" }, thoughtSignature: "c2ln" },
      { inlineData: { mimeType: "image/png", data: "aGk=" }, thought: true },
    );
    Object.assign(reply.candidates[0] as object, { groundingMetadata: { webSearchQueries: ["q"] } });
    const result = gemini.decodeResult(reply);
    expect(result.content).toEqual([
      { type: "opaque", origin: "gemini", value: { executableCode: { code: "1" } } },
      {
        type: "image",
        source: { type: "base64", mediaType: "image/png", data: "aGk=" },
        providerOptions: { gemini: { thoughtSignature: "c2ln" } },
      },
      {
        type: "opaque",
        origin: "gemini",
        value: { inlineData: { mimeType: "image/png", data: "aGk=" }, thought: true },
      },
    ]);
    expect(result.providerMetadata).toEqual({ gemini: { groundingMetadata: { webSearchQueries: ["q"] } } });
    const { modelVersion: _model, responseId: _id, candidates } = gemini.encodeResult(result, context) as Wire;
    expect(candidates).toEqual([
      { ...reply.candidates[0], content: { parts: reply.candidates[0]?.content.parts, role: "model" }, index: 0 },
    ]);
  });

  test("log probabilities are read in the neutral form, and written back", () => {
    const logprobsResult = {
      chosenCandidates: [{ token: "a", logProbability: -0.5 }],
      topCandidates: [{ candidates: [{ token: "b", logProbability: -1 }] }],
    };
    const reply = answer({ text: "a" });
    Object.assign(reply.candidates[0] as object, { logprobsResult });
    const result = gemini.decodeResult(reply);
    expect(result.logprobs).toEqual({
      content: [{ token: "a", logprob: -0.5, bytes: null, top_logprobs: [{ token: "b", logprob: -1, bytes: null }] }],
    });
    expect((gemini.encodeResult(result, context) as Wire).candidates[0].logprobsResult).toEqual(logprobsResult);
  });

  test("counts: audio and images, a missing candidates' count, no counts at all", () => {
    const usage = (usageMetadata: Wire) => gemini.decodeResult({ ...answer(), usageMetadata }).usage;
    expect(
      usage({
        promptTokenCount: 10,
        toolUsePromptTokenCount: 5,
        thoughtsTokenCount: 3,
        totalTokenCount: 20,
        cachedContentTokenCount: 4,
        promptTokensDetails: [
          { modality: "AUDIO", tokenCount: 6 },
          { modality: "TEXT", tokenCount: 4 },
        ],
        candidatesTokensDetails: [{ modality: "IMAGE", tokenCount: 2 }],
      }),
    ).toMatchObject({
      inputTokens: 15,
      outputTokens: 5,
      cacheReadTokens: 4,
      reasoningTokens: 3,
      inputAudioTokens: 6,
      inputImageTokens: null,
      outputImageTokens: 2,
    });
    expect(usage({ trafficType: "ON_DEMAND" })).toEqual(unknownUsage);
  });

  test("a call's signature is told when it begins, and again when it ends", () => {
    const call = answer({ functionCall: { name: "f", args: {} }, thoughtSignature: "c2ln" });
    const signature = { origin: "gemini", value: "c2ln" };
    expect(gemini.streamDecoder().push({ data: JSON.stringify(call) })).toMatchObject([
      { type: "response-start" },
      { type: "tool-call-start", signature },
      { type: "tool-call-delta", arguments: "{}" },
      { type: "tool-call-end", signature },
    ]);
  });

  test("arguments in pieces are put together", () => {
    const piece = (functionCall: Wire) => answer({ functionCall });
    const path = (jsonPath: string, value: Wire) => ({ partialArgs: [{ jsonPath, ...value }], willContinue: true });
    const result = fold(
      piece({ name: "f", willContinue: true }),
      piece(path("$.items[0].name", { stringValue: "ap", willContinue: true })),
      piece(path("$.items[0].name", { stringValue: "ple", willContinue: true })),
      piece(path("$.items[0].name", { stringValue: "" })),
      piece({ willContinue: true }),
      piece(path("$.items[1]['a.b']", { numberValue: 2.5 })),
      piece(path("$.flag", { boolValue: false })),
      piece(path("$.__proto__", { nullValue: "NULL_VALUE" })),
      piece({}),
      piece({ name: "g", willContinue: true }),
      answer({ text: "" }),
    );
    expect(result.content).toEqual([
      {
        type: "tool-call",
        id: "r1-0",
        name: "f",
        arguments: '{"items":[{"name":"apple"},{"a.b":2.5}],"flag":false,"__proto__":null}',
      },
      { type: "tool-call", id: "r1-1", name: "g", arguments: "{}" },
    ]);
    expect(() => fold(piece({ name: "f", ...path("$.a[99999999]", { numberValue: 1 }) }))).toThrow(
      expect.objectContaining({ code: "reply_malformed" }),
    );
  });

  test.each([
    ["no JSON", ["{"], "reply_malformed"],
    ["no object", ["3"], "reply_malformed"],
    ["nothing", [], "stream_truncated"],
    ["text without an end", ['{"candidates":[{"content":{"parts":[{"text":"a"}]}}]}'], "stream_truncated"],
    ["an error", ['{"error":{"status":"UNAVAILABLE","message":"busy"}}'], "overloaded"],
    ["an error in a list", ['[{"error":{"code":500,"message":"no"}}]'], "upstream_failed"],
  ])("a stream of %s fails", (_name, frames, code) => {
    const decoder = gemini.streamDecoder();
    const observer = gemini.observer({ stream: true, hideUsage: false });
    expect(() => {
      for (const data of frames) decoder.push({ data });
      decoder.end();
    }).toThrow(expect.objectContaining({ code }));
    if (code === "reply_malformed" && frames[0] === "3") return;
    expect(() => {
      for (const data of frames) observer.frame({ data });
      observer.end();
    }).toThrow(expect.objectContaining({ code }));
  });

  test.each([
    ["with the text", 1],
    ["after the finish reason", 3],
  ])("usage %s is seen by the observer", (_name, position) => {
    const chunks: Wire[] = [
      answer({ text: "a" }),
      { candidates: [{ content: { parts: [{ text: "b" }] } }] },
      { candidates: [{ finishReason: "STOP" }] },
      {},
    ];
    delete chunks[0].candidates[0].finishReason;
    Object.assign(chunks[position], { usageMetadata: { promptTokenCount: 1, totalTokenCount: 3 } });
    const observer = gemini.observer({ stream: true, hideUsage: false });
    const content = chunks.map((chunk) => observer.frame({ data: JSON.stringify(chunk) }).content);
    observer.end();
    expect(content).toEqual([true, true, false, false]);
    expect(observer.observation()).toMatchObject({ finishReason: "stop", usage: { inputTokens: 1, outputTokens: 2 } });
  });

  test("an error that comes after content is seen by the observer", () => {
    const observer = gemini.observer({ stream: true, hideUsage: false });
    expect(observer.frame({ data: '{"candidates":[{"content":{"parts":[{"text":"a"}]}}]}' }).content).toBe(true);
    expect(() => observer.frame({ data: '{"error":{"code":429,"message":"slow"}}' })).toThrow(
      expect.objectContaining({ code: "rate_limited" }),
    );
  });

  test("a whole reply without an answer is malformed", () => {
    expect(() => gemini.decodeResult({ usageMetadata: {} })).toThrow(
      expect.objectContaining({ code: "reply_malformed" }),
    );
  });
});

test("a pause has a word of its own in the finish message", () => {
  const ending = {
    finishReason: "pause",
    rawFinishReason: "pause_turn",
    stopSequence: null,
    usage: unknownUsage,
  } as const;
  const reply = gemini.encodeResult({ id: null, model: null, content: [], ...ending }, context) as Wire;
  expect(reply.candidates[0].finishReason).toBe("OTHER");
  expect(reply.candidates[0].finishMessage).toContain("paused");
  expect(reply).not.toHaveProperty("usageMetadata");
});
