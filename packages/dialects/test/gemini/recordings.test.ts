import { TextCollector, type TextResult } from "@gw/core";
import { describe, expect, test } from "vitest";
import {
  decodeGeminiCountTokens,
  decodeGeminiCountTokensRequest,
  encodeGeminiCountTokens,
} from "../../src/gemini/count-tokens.ts";
import { gemini } from "../../src/gemini/gemini.ts";
import { type Exchange, framesOf, missing, recordedErrors, recordedExchanges } from "./recorded.ts";

// biome-ignore lint/suspicious/noExplicitAny: recorded JSON, read here without the codec's help
type Recorded = any;

const all = recordedExchanges();
const answers = all.filter(({ kind, status }) => kind === "generateContent" && status === 200);

/** What plain field access finds in the chunks. */
function plainly(chunks: readonly Recorded[]) {
  const candidates = chunks.flatMap((chunk) => chunk.candidates ?? []);
  const parts = candidates.flatMap((candidate) => candidate.content?.parts ?? []);
  const join = (texts: Recorded[]) => texts.map((part) => part.text).join("");
  return {
    text: join(parts.filter((part) => part.text !== undefined && !part.thought)),
    thoughts: join(parts.filter((part) => part.thought === true)),
    calls: parts.filter((part) => part.functionCall?.name !== undefined).map((part) => part.functionCall),
    signatures: parts.flatMap((part) => part.thoughtSignature ?? []),
    finish: inWords(candidates.findLast((candidate) => candidate.finishReason !== undefined)?.finishReason),
    usage: chunks.findLast((chunk) => chunk.usageMetadata?.promptTokenCount !== undefined)?.usageMetadata,
    id: chunks[0]?.responseId,
    model: chunks[0]?.modelVersion,
  };
}

/** Some recorded clients asked for enums as numbers. */
function inWords(reason: Recorded): Recorded {
  return { 1: "STOP", 2: "MAX_TOKENS" }[reason as number] ?? reason;
}

function decode({ chunks, streamed }: Exchange): TextResult {
  if (!streamed) return gemini.decodeResult(chunks[0] as Recorded);
  const decoder = gemini.streamDecoder();
  const collector = new TextCollector();
  for (const frame of framesOf(chunks)) for (const event of decoder.push(frame)) collector.push(event);
  for (const event of decoder.end()) collector.push(event);
  return collector.result();
}

function textOf(result: TextResult, type: "text" | "reasoning"): string {
  return result.content.map((part) => (part.type === type ? part.text : "")).join("");
}

describe.skipIf(missing !== "")(`recorded answers${missing}`, () => {
  test("are there", () => expect(answers.length).toBeGreaterThan(90));

  test.each(answers.map((exchange) => [exchange.name, exchange] as const))("%s", (_name, exchange) => {
    const seen = plainly(exchange.chunks);
    const result = decode(exchange);
    expect(result.id).toBe(seen.id ?? null);
    expect(result.model).toBe(seen.model ?? null);
    expect(textOf(result, "text")).toBe(seen.text);
    expect(textOf(result, "reasoning")).toBe(seen.thoughts);

    const calls = result.content.filter((part) => part.type === "tool-call");
    expect(calls.map(({ name }) => name)).toEqual(seen.calls.map(({ name }: Recorded) => name));
    seen.calls.forEach((call: Recorded, index: number) => {
      if (call.willContinue !== true) expect(JSON.parse(calls[index]?.arguments ?? "")).toEqual(call.args ?? {});
    });
    expect(new Set(calls.map(({ id }) => id)).size).toBe(calls.length);
    expect(calls.every(({ id }) => id !== "")).toBe(true);

    const written = JSON.stringify(result.content);
    for (const signature of seen.signatures) expect(written).toContain(JSON.stringify(signature));

    expect(result.rawFinishReason).toBe(seen.finish);
    const expected = { STOP: calls.length > 0 ? "tool_calls" : "stop", MAX_TOKENS: "length" }[seen.finish as string];
    expect(result.finishReason).toBe(expected);

    const { usage } = result;
    expect(usage.inputTokens).toBe(seen.usage.promptTokenCount + (seen.usage.toolUsePromptTokenCount ?? 0));
    expect(usage.outputTokens).toBe((seen.usage.candidatesTokenCount ?? 0) + (seen.usage.thoughtsTokenCount ?? 0));
    expect((usage.inputTokens ?? 0) + (usage.outputTokens ?? 0)).toBe(seen.usage.totalTokenCount);
    expect(usage.reasoningTokens).toBe(seen.usage.thoughtsTokenCount ?? null);
    expect(usage.cacheReadTokens).toBe(seen.usage.cachedContentTokenCount ?? null);
    expect(usage.raw).toEqual(seen.usage);
  });

  test.each(answers.map((exchange) => [exchange.name, exchange] as const))("observed: %s", (_name, exchange) => {
    const { finishReason, usage, id, model } = decode(exchange);
    const observer = gemini.observer({ stream: exchange.streamed, hideUsage: false });
    const array = gemini.observer({ stream: true, hideUsage: false });
    if (exchange.streamed) {
      const content = framesOf(exchange.chunks).map((frame) => observer.frame(frame).content);
      expect(content.indexOf(true)).toBe(exchange.chunks.findIndex((chunk) => hasContent(plainly([chunk]))));
      observer.end();
    } else observer.whole(exchange.chunks[0] as Recorded);
    array.whole(exchange.chunks as Recorded);
    expect(observer.observation()).toEqual({ finishReason, usage, id, model });
    expect(array.observation()).toEqual({ finishReason, usage, id, model });
  });

  function hasContent({ text, thoughts, calls }: ReturnType<typeof plainly>): boolean {
    return text !== "" || thoughts !== "" || calls.length > 0;
  }
});

/**
 * What a body becomes on its way through the neutral request, by names:
 * camelCase; lists for lone objects; no role of the system instruction; no `model` in the body; no empty generationConfig;
 * schemas as JSON Schema (lower-case types, no `propertyOrdering`); no ids of calls, which the default quirks leave out.
 */
function normalised({ model: _model, ...body }: Recorded): Recorded {
  const contents = (content: Recorded) => ({ role: content.role, parts: [content.parts].flat().map(camelPart) });
  const { systemInstruction, generationConfig, tools, ...rest } = body;
  const { responseSchema, response_mime_type, response_schema, ...config } = generationConfig ?? {};
  if (response_mime_type !== undefined) config.responseMimeType = response_mime_type;
  const schema = responseSchema ?? response_schema;
  if (schema !== undefined) config.responseJsonSchema = plainSchema(schema);
  return {
    ...rest,
    contents: body.contents.map(contents),
    ...(systemInstruction !== undefined && { systemInstruction: { parts: [systemInstruction.parts].flat() } }),
    ...(Object.keys(config).length > 0 && { generationConfig: config }),
    ...(tools !== undefined && { tools: tools.map(plainTool) }),
  };
}

function camelPart(part: Recorded): Recorded {
  const { inline_data, file_data, ...rest } = part;
  const { mime_type, file_uri, ...media } = inline_data ?? file_data ?? {};
  if (inline_data !== undefined) return { ...rest, inlineData: { ...media, mimeType: mime_type } };
  if (file_data !== undefined) return { ...rest, fileData: { ...media, mimeType: mime_type, fileUri: file_uri } };
  if (part.functionCall?.id !== undefined) {
    const { id: _id, ...call } = part.functionCall;
    return { ...rest, functionCall: call };
  }
  if (part.functionResponse?.parts === undefined) return part;
  return { functionResponse: { ...part.functionResponse, parts: part.functionResponse.parts.map(camelPart) } };
}

function plainTool({ functionDeclarations, ...tool }: Recorded): Recorded {
  if (functionDeclarations === undefined) return tool;
  return {
    functionDeclarations: functionDeclarations.map(({ parameters, ...rest }: Recorded) =>
      parameters === undefined ? rest : { ...rest, parametersJsonSchema: plainSchema(parameters) },
    ),
  };
}

function plainSchema(schema: Recorded): Recorded {
  return JSON.parse(
    JSON.stringify(schema, (key, value) => {
      if (key === "propertyOrdering") return undefined;
      if (key === "type" && typeof value === "number") return ["", "string", "", "", "", "", "object"][value];
      return key === "type" && typeof value === "string" ? value.toLowerCase() : value;
    }),
  );
}

describe.skipIf(missing !== "")(`recorded requests${missing}`, () => {
  const accepted = answers.filter(({ request }) => request !== null);
  test.each(accepted.map((exchange) => [exchange.name, exchange] as const))("%s", (_name, { request, streamed }) => {
    const decoded = gemini.decodeRequest(request as Recorded, { model: "a-model", stream: streamed });
    expect(decoded.stream).toBe(streamed);
    expect(decoded.request.model).toBe("a-model");
    const encoded = gemini.encodeRequest(decoded.request, { stream: streamed });
    expect(encoded.notes).toEqual([]);
    expect(encoded.body).toEqual(normalised(request));
  });

  const counts = all.filter(({ kind }) => kind === "count_tokens");
  test.each(counts.map((exchange) => [exchange.name, exchange] as const))("%s", (_name, { request, model, chunks }) => {
    const { request: neutral } = decodeGeminiCountTokensRequest(request as Recorded, { model });
    const wanted = (request as Recorded).generateContentRequest ?? { contents: (request as Recorded).contents };
    expect(encodeGeminiCountTokens(neutral)).toEqual({
      body: { generateContentRequest: { model: `models/${model}`, ...normalised(wanted) } },
      notes: [],
    });
    expect(decodeGeminiCountTokens(chunks[0] as Recorded)).toEqual({
      inputTokens: (chunks[0] as Recorded).totalTokens,
    });
  });
});

describe.skipIf(missing !== "")(`recorded errors${missing}`, () => {
  const expected = [
    { status: 400, message: /API key not valid/, code: "authentication_failed", retryAfterMs: null },
    { status: 400, message: /valid role/, code: "invalid_request", retryAfterMs: null },
    { status: 400, message: /temperature value/, code: "invalid_request", retryAfterMs: null },
    {
      status: 400,
      message: /exceeds the maximum number of tokens/,
      code: "context_length_exceeded",
      retryAfterMs: null,
    },
    { status: 403, message: /unregistered callers/, code: "permission_denied", retryAfterMs: null },
    { status: 404, message: /not found/, code: "model_not_found", retryAfterMs: null },
    { status: 429, message: /retry in 48/, code: "rate_limited", retryAfterMs: 48_000 },
    { status: 429, message: /check your plan\.$/, code: "rate_limited", retryAfterMs: 34_400 },
  ] as const;
  const bodies = all.filter(({ status }) => status !== 200).map(({ status, chunks }) => ({ status, body: chunks[0] }));
  const errors = [...recordedErrors(), ...bodies];

  test("are there", () => expect(errors.length).toBeGreaterThan(7));

  test.each(
    errors.map((error) => [`${error.status} ${(error.body as Recorded).error.message.slice(0, 60)}`, error] as const),
  )("%s", (_name, { status, body }) => {
    const row = expected.find((one) => one.status === status && one.message.test((body as Recorded).error.message));
    const error = gemini.decodeError({ status, headers: {}, body: JSON.stringify(body) });
    expect({ code: error.code, retryAfterMs: error.retryAfterMs, httpStatus: error.httpStatus }).toEqual({
      code: row?.code,
      retryAfterMs: row?.retryAfterMs,
      httpStatus: status,
    });
    expect(() => gemini.streamDecoder().push({ data: JSON.stringify(body) })).toThrow(
      expect.objectContaining({ code: row?.code }),
    );
    expect(() => gemini.decodeResult([body] as Recorded)).toThrow(expect.objectContaining({ code: row?.code }));
  });
});
