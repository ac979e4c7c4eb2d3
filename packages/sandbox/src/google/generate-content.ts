import type { JsonObject, JsonValue, ReasoningPart, TextRequest, TextResult } from "@gw/core";
import { gemini, type ReplyContext } from "@gw/dialects";
import { isJson, objectOf, objectsOf } from "../json-list.ts";
import { type Answer, type AnswerStyle, makeAnswer } from "../make-answer.ts";
import { readPrompt } from "../prompt.ts";
import { type PromptSegment, promptSegments, sumTokens, type TokenModality } from "../prompt-segments.ts";
import { type Reply, wholeReply } from "../reply.ts";
import { seal } from "../seal.ts";
import { SeededRandom, seedOf } from "../seeded-random.ts";
import { decodeBody, encodeFrames, neutralResult, wantsThinking } from "../text-call.ts";
import type { PreparedCall, SandboxCall } from "../vendor.ts";
import { VendorError } from "../vendor-error.ts";
import { checkContent } from "./check-content.ts";
import { field } from "./field.ts";
import { googleErrorBody, googleHeaders } from "./wire.ts";

/** `POST ...:generateContent` and `:streamGenerateContent`, the latter with `alt=sse` or as a JSON array. @throws {VendorError} */
export function prepareContent(call: SandboxCall, model: string, stream: boolean): PreparedCall {
  checkContent(call.body, model);
  const modalities = JSON.stringify(field(objectOf(field(call.body, "generationConfig")), "responseModalities") ?? "");
  if (/IMAGE|AUDIO|VIDEO/i.test(modalities)) throw new VendorError(400, "gw-sandbox: only text answers are simulated");
  const { request } = decodeBody(gemini, call.body, { model, stream });
  const seed = seedOf("gemini", request);
  return {
    model,
    prompt: readPrompt(request),
    answer: (scripted) => {
      const style: AnswerStyle = {
        thinks: wantsThinking(request.reasoning, /gemini-(?:2\.5|[3-9])/.test(model) && !model.includes("lite")),
        announcesCalls: false,
        callId: (random) => random.id(8).toLowerCase(),
      };
      const answer = makeAnswer(request, seed, style, scripted);
      const context: ReplyContext = {
        id: new SeededRandom(seed).id(24),
        createdAtMs: call.nowMs,
        model,
        requestBody: call.body,
      };
      const content = new SimulatedContent(request, answer, seed);
      if (!stream) return wholeReply(googleHeaders(), content.whole(context), "application/json; charset=UTF-8");
      return call.query.get("alt") === "sse" ? asEvents(content.chunks(context)) : asArray(content.chunks(context));
    },
  };
}

/** `POST ...:countTokens`. @throws {VendorError} */
export function prepareCount(call: SandboxCall, model: string): PreparedCall {
  const whole = field(call.body, "generateContentRequest");
  const body = whole === undefined ? call.body : objectOf(whole);
  checkContent(body, model);
  const { request } = decodeBody(gemini, body, { model, stream: false });
  const segments = promptSegments(request);
  const reply = { totalTokens: sumTokens(segments), promptTokensDetails: tokensByModality(segments) };
  const prompt = readPrompt(request);
  return { model, prompt, answer: () => wholeReply(googleHeaders(), reply, "application/json; charset=UTF-8") };
}

function tokensByModality(segments: readonly PromptSegment[]): JsonValue[] {
  const sums = new Map<TokenModality, number>();
  for (const { modality, tokens } of segments) sums.set(modality, (sums.get(modality) ?? 0) + tokens);
  return [...sums].map(([modality, tokenCount]) => ({ modality, tokenCount }));
}

/** One answer, and what Google puts around it. */
class SimulatedContent {
  readonly #answer: Answer;
  readonly #result: TextResult;
  readonly #prompt: readonly PromptSegment[];
  readonly #seed: string;
  /** From Gemini 3 on, calls have ids and texts end with a signature too (recorded 2026). */
  readonly #isThird: boolean;

  constructor(request: TextRequest, answer: Answer, seed: string) {
    this.#answer = answer;
    this.#seed = seed;
    this.#isThird = /gemini-[3-9]/.test(request.model);
    this.#prompt = promptSegments(request);
    this.#result = this.#neutral(request);
  }

  #neutral(request: TextRequest): TextResult {
    const neutral = neutralResult(request, this.#answer, sumTokens(this.#prompt));
    // A call that was cut is not sent at all: its arguments would be no object.
    const parts = this.#answer.parts.filter((part) => part.type !== "tool-call" || isJson(part.arguments));
    const firstCall = parts.findIndex((part) => part.type === "tool-call");
    const signed = parts.map((part, index) =>
      index === firstCall && part.type === "tool-call" && this.#answer.reasoning !== ""
        ? { ...part, signature: { origin: gemini.id, value: this.#signature(part.name) } }
        : part,
    );
    const isShown = request.reasoning?.includeText === true && this.#answer.reasoning !== "";
    const thought: ReasoningPart = { type: "reasoning", text: this.#answer.reasoning, origin: gemini.id };
    return { ...neutral, content: isShown ? [thought, ...signed] : signed };
  }

  #signature(bound: string): string {
    return seal("gemini-thought", bound, this.#seed);
  }

  /** Signs the text of an answer that was thought about, in the part that ends it. */
  get #signsText(): boolean {
    return (
      this.#isThird && this.#answer.reasoning !== "" && !this.#answer.parts.some((part) => part.type === "tool-call")
    );
  }

  whole(context: ReplyContext): JsonObject {
    if (this.#answer.finishReason === "content_filter") return this.#blocked(context);
    const body = this.#open(gemini.encodeResult(this.#result, context), context, true);
    const parts = partsOf(body);
    const last = parts.at(-1);
    if (!this.#signsText || last === undefined || last.thought === true) return body;
    return withParts(body, [...parts.slice(0, -1), { ...last, thoughtSignature: this.#signature("") }]);
  }

  chunks(context: ReplyContext): JsonObject[] {
    if (this.#answer.finishReason === "content_filter") return [this.#blocked(context)];
    const frames = encodeFrames(gemini, this.#result, context);
    const chunks = frames.map(({ data }, index) => this.#open(data, context, index === frames.length - 1));
    const end = chunks.pop() ?? {};
    // The finish reason comes with the last content, not after it.
    const content = partsOf(end).some((part) => part.text !== "") ? undefined : chunks.pop();
    const parts = partsOf(content ?? end).filter((part) => part.text !== "");
    if (this.#signsText) parts.push({ text: "", thoughtSignature: this.#signature("") });
    return [...chunks, withParts(end, parts)];
  }

  /** A prompt that is blocked has no candidates. @see 2389-research/tracker#543 of 2026-08-06 */
  #blocked(context: ReplyContext): JsonObject {
    return { promptFeedback: { blockReason: "PROHIBITED_CONTENT" }, ...this.#ownFields(context, false) };
  }

  #open(body: JsonObject, context: ReplyContext, isLast: boolean): JsonObject {
    const calls = this.#answer.finishReason === "tool_calls";
    const candidates = objectsOf(body.candidates).map((candidate) => {
      const content = objectOf(candidate.content);
      const parts = objectsOf(content.parts).map((part) => this.#openPart(part));
      return {
        ...candidate,
        content: { ...(parts.length > 0 && { parts }), role: "model" },
        index: 0,
        ...(isLast && calls && { finishMessage: "Model generated function call(s)." }),
      };
    });
    return { ...body, candidates, ...this.#ownFields(context, isLast) };
  }

  #openPart(part: JsonObject): JsonObject {
    if (this.#isThird || part.functionCall === undefined) return part;
    const { id: _id, ...call } = objectOf(part.functionCall);
    return { ...part, functionCall: call };
  }

  #ownFields({ model, id }: ReplyContext, isLast: boolean): JsonObject {
    const { outputTokens, reasoningTokens } = this.#answer;
    const prompt = sumTokens(this.#prompt);
    const candidates = outputTokens - reasoningTokens;
    return {
      usageMetadata: {
        promptTokenCount: prompt,
        // A count of 0 is left out on the wire (recorded 2026).
        ...(isLast && candidates > 0 && { candidatesTokenCount: candidates }),
        ...(isLast && reasoningTokens > 0 && { thoughtsTokenCount: reasoningTokens }),
        totalTokenCount: isLast ? prompt + outputTokens : prompt,
        promptTokensDetails: tokensByModality(this.#prompt),
        serviceTier: "standard",
      },
      modelVersion: model,
      responseId: id,
    };
  }
}

function partsOf(body: JsonObject): JsonObject[] {
  return [...objectsOf(objectOf(objectsOf(body.candidates)[0]?.content).parts)];
}

function withParts(body: JsonObject, parts: JsonObject[]): JsonObject {
  const candidate = objectOf(objectsOf(body.candidates)[0]);
  const content = { ...(parts.length > 0 && { parts }), role: "model" };
  return { ...body, candidates: [{ ...candidate, content }] };
}

function failureOf(status: number): JsonObject {
  return googleErrorBody(status, { message: "The model is overloaded. Please try again later.", words: {} });
}

function asEvents(chunks: readonly JsonObject[]): Reply {
  const write = (chunk: JsonObject): string => `data: ${JSON.stringify(chunk)}\r\n\r\n`;
  return {
    kind: "stream",
    headers: { "content-type": "text/event-stream", "content-disposition": "attachment", ...googleHeaders() },
    events: chunks.map(write),
    terminator: "",
    failure: (status) => write(failureOf(status)),
  };
}

function asArray(chunks: readonly JsonObject[]): Reply {
  const write = (chunk: JsonObject, index: number): string => `${index === 0 ? "[" : ",\r\n"}${JSON.stringify(chunk)}`;
  return {
    kind: "stream",
    headers: { "content-type": "application/json; charset=UTF-8", ...googleHeaders() },
    events: chunks.map(write),
    terminator: "\r\n]",
    failure: (status) => `${write(failureOf(status), 1)}\r\n]`,
  };
}
