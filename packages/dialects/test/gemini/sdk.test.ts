import { ApiError, type Content, GoogleGenAI } from "@google/genai";
import { GatewayError, type JsonObject, type TextEvent, type TextResult, unknownUsage } from "@gw/core";
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { Frame } from "../../src/frame.ts";
import { encodeGeminiCountTokensResult } from "../../src/gemini/count-tokens.ts";
import { gemini } from "../../src/gemini/gemini.ts";

const context = { id: "a1b2c3d4e5f6a1b2c3d4e5f6", createdAtMs: 0, model: "anthropic/some-model", requestBody: {} };
const usage = { ...unknownUsage, inputTokens: 20, cacheReadTokens: 8, outputTokens: 12, reasoningTokens: 5 };
const result: TextResult = {
  id: "msg_1",
  model: "some-model",
  content: [
    { type: "reasoning", text: "Let me look.", origin: "anthropic-messages", signature: "sig???>>>~~~" },
    { type: "text", text: "Looking, now." },
    { type: "tool-call", id: "toolu_1", name: "get_weather", arguments: '{"city":"Oslo","days":[1,2]}' },
    { type: "tool-call", id: "toolu_2", name: "now", arguments: "{}" },
  ],
  finishReason: "tool_calls",
  rawFinishReason: "tool_use",
  stopSequence: null,
  usage,
};
// The same answer as events; the two calls overlap, and the second begins before the text has ended.
const events: TextEvent[] = [
  { type: "response-start", id: "msg_1", model: "some-model" },
  { type: "reasoning-start", index: 0, origin: "anthropic-messages" },
  { type: "reasoning-delta", index: 0, text: "Let me " },
  { type: "reasoning-delta", index: 0, text: "look." },
  { type: "reasoning-end", index: 0, signature: "sig???>>>~~~" },
  { type: "text-start", index: 1 },
  { type: "text-delta", index: 1, text: "Looking, " },
  { type: "tool-call-start", index: 2, id: "toolu_1", name: "get_weather" },
  { type: "tool-call-delta", index: 2, arguments: '{"city":"Oslo",' },
  { type: "tool-call-start", index: 3, id: "toolu_2", name: "now" },
  { type: "tool-call-end", index: 3 },
  { type: "text-delta", index: 1, text: "now." },
  { type: "text-end", index: 1 },
  { type: "tool-call-delta", index: 2, arguments: '"days":[1,2]}' },
  { type: "tool-call-end", index: 2 },
  {
    type: "response-end",
    finishReason: "tool_calls",
    rawFinishReason: "tool_use",
    stopSequence: null,
    usage,
  },
];
const calls = [
  { id: "toolu_1", name: "get_weather", args: { city: "Oslo", days: [1, 2] } },
  { id: "toolu_2", name: "now", args: {} },
];

/** The official SDK in front of a server that gives one reply. */
function sdk(reply: Response): GoogleGenAI {
  return new GoogleGenAI({ apiKey: "unused", vertexai: false, httpOptions: { fetch: async () => reply } });
}

function jsonReply(body: JsonObject, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
}

function sseReply(frames: readonly Frame[]): Response {
  const text = frames.map(({ data }) => `data: ${data}\r\n\r\n`).join("");
  return new Response(text, { headers: { "content-type": "text/event-stream" } });
}

function framesOf(stream: readonly TextEvent[]): Frame[] {
  const encoder = gemini.streamEncoder(context);
  return stream.flatMap((event) => encoder.push(event));
}

// The SDK warns where an answer holds more than text.
beforeAll(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

const asked = { model: "any", contents: "Weather?" };

describe("the official SDK reads", () => {
  test("a whole answer", async () => {
    const reply = await sdk(jsonReply(gemini.encodeResult(result, context))).models.generateContent(asked);
    expect(reply.text).toBe("Looking, now.");
    expect(reply.functionCalls).toEqual(calls);
    expect(reply.candidates?.[0]?.finishReason).toBe("STOP");
    expect(reply.usageMetadata).toEqual({
      promptTokenCount: 20,
      cachedContentTokenCount: 8,
      candidatesTokenCount: 7,
      thoughtsTokenCount: 5,
      totalTokenCount: 32,
    });
    expect(reply.responseId).toBe("a1b2c3d4e5f6a1b2c3d4e5f6");
    expect(reply.modelVersion).toBe("some-model");
  });

  test("a stream, parts that overlap included", async () => {
    const stream = await sdk(sseReply(framesOf(events))).models.generateContentStream(asked);
    let text = "";
    let thoughts = "";
    const seen: unknown[] = [];
    let last: Awaited<ReturnType<typeof stream.next>>["value"];
    for await (const chunk of stream) {
      text += chunk.text ?? "";
      for (const part of chunk.candidates?.[0]?.content?.parts ?? []) if (part.thought) thoughts += part.text;
      seen.push(...(chunk.functionCalls ?? []));
      last = chunk;
    }
    expect(text).toBe("Looking, now.");
    expect(thoughts).toBe("Let me look.");
    expect(seen).toEqual(calls);
    expect(last.candidates[0].finishReason).toBe("STOP");
    expect(last.usageMetadata.totalTokenCount).toBe(32);
  });

  test("a blocked answer", async () => {
    const blocked: TextResult = { ...result, content: [], finishReason: "content_filter", rawFinishReason: "refusal" };
    const reply = await sdk(jsonReply(gemini.encodeResult(blocked, context))).models.generateContent(asked);
    expect(reply.candidates?.[0]?.finishReason).toBe("SAFETY");
    expect(reply.text).toBeUndefined();
  });

  test("an error", async () => {
    const error = new GatewayError("rate_limited", "Slow down", { retryAfterMs: 1_500, param: "model" });
    const body = gemini.encodeError(error, "req_1");
    const failure = await sdk(jsonReply(body, 429))
      .models.generateContent(asked)
      .catch((cause: unknown) => cause);
    expect(failure).toBeInstanceOf(ApiError);
    expect((failure as ApiError).status).toBe(429);
    expect(body).toEqual({
      error: {
        code: 429,
        message: "Slow down",
        status: "rate_limited",
        details: [
          {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            reason: "rate_limited",
            domain: "gw",
            metadata: { requestId: "req_1" },
          },
          {
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            fieldViolations: [{ field: "model", description: "Slow down" }],
          },
          { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "1.5s" },
        ],
      },
    });
  });

  test("an error in the middle of a stream", async () => {
    const broken = gemini.errorFrames(new GatewayError("stream_truncated", "Cut"), "req_1");
    const frames = [...framesOf(events.slice(0, 8)), ...broken];
    const stream = await sdk(sseReply(frames)).models.generateContentStream(asked);
    let text = "";
    const failure = await (async () => {
      for await (const chunk of stream) text += chunk.text ?? "";
    })().catch((cause: unknown) => cause);
    expect(failure).toBeInstanceOf(ApiError);
    expect((failure as ApiError).status).toBe(502);
    expect(text).toBe("Looking, ");
    expect(JSON.parse(broken[0]?.data ?? "")).toMatchObject({ error: { partial: true, status: "stream_truncated" } });
  });

  test("a count of tokens", async () => {
    const reply = await sdk(jsonReply(encodeGeminiCountTokensResult(17))).models.countTokens(asked);
    expect(reply.totalTokens).toBe(17);
  });
});

describe("the official SDK's history", () => {
  async function history(reply: Response, streamed: boolean): Promise<Content[]> {
    const chat = sdk(reply).chats.create({ model: "any" });
    if (streamed) for await (const _chunk of await chat.sendMessageStream({ message: "Weather?" }));
    else await chat.sendMessage({ message: "Weather?" });
    return chat.getHistory(true);
  }

  const answer = { role: "assistant", content: result.content };
  test.each([
    ["whole", () => jsonReply(gemini.encodeResult(result, context)), false],
    ["streamed", () => sseReply(framesOf(events)), true],
  ] as const)("gives back a %s answer of another vendor as it was", async (_name, reply, streamed) => {
    const contents = await history(reply(), streamed);
    const { request } = gemini.decodeRequest({ contents } as unknown as JsonObject, { model: "any", stream: false });
    expect(request.messages).toEqual([{ role: "user", content: [{ type: "text", text: "Weather?" }] }, answer]);
  });

  test("survives the URL-safe base64 that other official SDKs write", async () => {
    const text = JSON.stringify(await history(jsonReply(gemini.encodeResult(result, context)), false));
    const safe = text.replace(/("thoughtSignature":")([^"]+)/, (_all, name, value) => name + urlSafe(value));
    expect(safe).not.toBe(text);
    const contents = JSON.parse(safe);
    const { request } = gemini.decodeRequest({ contents }, { model: "any", stream: false });
    expect(request.messages[1]).toEqual(answer);
  });

  function urlSafe(base64: string): string {
    return base64.replaceAll("+", "-").replaceAll("/", "_");
  }
});
