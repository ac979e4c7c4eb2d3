import type { AssistantPart, JsonObject, ReasoningPart, TextRequest, TextResult } from "@gw/core";
import { anthropicMessages, type ReplyContext } from "@gw/dialects";
import { isJson, objectOf } from "../json-list.ts";
import { type Answer, type AnswerStyle, makeAnswer } from "../make-answer.ts";
import { readPrompt } from "../prompt.ts";
import type { CacheUse, PromptCache } from "../prompt-cache.ts";
import { promptSegments, sumTokens } from "../prompt-segments.ts";
import { type Reply, wholeReply } from "../reply.ts";
import { seal } from "../seal.ts";
import { SeededRandom, seedOf } from "../seeded-random.ts";
import { decodeBody, encodeFrames, neutralResult, type OpenFrame, serverSentEvent } from "../text-call.ts";
import type { PreparedCall, SandboxCall } from "../vendor.ts";
import { checkMessages } from "./check-messages.ts";
import { anthropicErrorObject, anthropicHeaders } from "./wire.ts";

/** `POST /v1/messages`. Marked prefixes of prompts are kept in the cache. @throws {VendorError} */
export function prepareMessage(call: SandboxCall, cache: PromptCache): PreparedCall {
  checkMessages(call.body);
  const { request, stream } = decodeBody(anthropicMessages, call.body);
  const seed = seedOf("anthropic-messages", request);
  return {
    model: request.model,
    prompt: readPrompt(request),
    answer: (scripted) => {
      const style: AnswerStyle = {
        thinks: (request.reasoning?.budgetTokens ?? 0) !== 0,
        announcesCalls: true,
        callId: (random) => `toolu_01${random.id(22)}`,
      };
      const answer = makeAnswer(request, seed, style, scripted);
      const segments = promptSegments(request);
      const used = cache.use(request.model, segments, call.nowMs);
      const message: SimulatedMessage = { request, answer, used, inputTokens: sumTokens(segments) };
      const context: ReplyContext = {
        id: `01${new SeededRandom(seed).id(22)}`,
        createdAtMs: call.nowMs,
        model: request.model,
        requestBody: call.body,
      };
      const result = resultOf(message, seed);
      const headers = anthropicHeaders(seed, { input: message.inputTokens, output: answer.outputTokens }, call.nowMs);
      if (stream) return streamMessage(message, result, context, headers);
      const whole = { ...result, content: result.content.map(withoutCutInput) };
      return wholeReply(headers, withOwnFields(anthropicMessages.encodeResult(whole, context), message));
    },
  };
}

// Arguments that the bound cut are no object: a stream shows them as they are, a whole message cannot.
function withoutCutInput(part: AssistantPart): AssistantPart {
  return part.type === "tool-call" && !isJson(part.arguments) ? { ...part, arguments: "{}" } : part;
}

/** `POST /v1/messages/count_tokens`. @throws {VendorError} */
export function prepareCount(call: SandboxCall): PreparedCall {
  checkMessages({ ...call.body, max_tokens: Number.MAX_SAFE_INTEGER });
  const { request } = decodeBody(anthropicMessages, call.body);
  const headers = {
    ...anthropicHeaders(seedOf("count", request), null, call.nowMs),
    "server-timing": "x-originResponse;dur=42",
  };
  const inputTokens = sumTokens(promptSegments(request));
  const prompt = readPrompt(request);
  return { model: request.model, prompt, answer: () => wholeReply(headers, { input_tokens: inputTokens }) };
}

interface SimulatedMessage {
  readonly request: TextRequest;
  readonly answer: Answer;
  readonly used: CacheUse;
  readonly inputTokens: number;
}

function resultOf({ request, answer, inputTokens, used }: SimulatedMessage, seed: string): TextResult {
  const neutral = neutralResult(request, answer, inputTokens);
  const usage = {
    ...neutral.usage,
    cacheReadTokens: used.readTokens,
    cacheWriteTokens: used.writtenTokens,
    cacheWrite1hTokens: used.written1hTokens,
  };
  // A refusal is a stop reason here, and has no words of its own.
  const parts = answer.parts.filter((part) => part.type !== "refusal");
  if (answer.reasoning === "") return { ...neutral, usage, content: parts };
  const text = request.reasoning?.includeText === false ? "" : answer.reasoning;
  const signature = seal("anthropic-thinking", text, seed);
  const thought: ReasoningPart = { type: "reasoning", text, origin: anthropicMessages.id, signature };
  return { ...neutral, usage, content: [thought, ...parts] };
}

/** Fields of a message that only the vendor knows; recorded in most answers (2026). */
function withOwnFields(message: JsonObject, simulated: SimulatedMessage): JsonObject {
  const isRefusal = simulated.answer.finishReason === "content_filter";
  return {
    ...message,
    stop_details: isRefusal ? { type: "refusal", category: null, explanation: null } : null,
    usage: { ...usageOf(simulated), ...objectOf(message.usage), ...usageDetails(simulated) },
  };
}

function usageOf({ used, inputTokens, answer }: SimulatedMessage): JsonObject {
  return {
    input_tokens: inputTokens - used.readTokens - used.writtenTokens,
    cache_creation_input_tokens: used.writtenTokens,
    cache_read_input_tokens: used.readTokens,
    output_tokens: answer.outputTokens,
  };
}

function usageDetails({ used, answer }: SimulatedMessage): JsonObject {
  return {
    cache_creation: {
      ephemeral_5m_input_tokens: used.writtenTokens - used.written1hTokens,
      ephemeral_1h_input_tokens: used.written1hTokens,
    },
    output_tokens_details: { thinking_tokens: answer.reasoningTokens },
    service_tier: "standard",
    inference_geo: "not_available",
  };
}

function streamMessage(
  simulated: SimulatedMessage,
  result: TextResult,
  context: ReplyContext,
  headers: Record<string, string>,
): Reply {
  const frames = encodeFrames(anthropicMessages, result, context)
    .filter(({ data }) => data.type !== "ping")
    .map((frame) => ({ ...frame, data: openEvent(frame.data, simulated) }));
  const firstBlock = frames.findIndex(({ data }) => data.type === "content_block_start");
  const ping: OpenFrame = { event: "ping", data: { type: "ping" } };
  const stop = frames.at(-1);
  const events = frames.toSpliced(firstBlock < 0 ? 1 : firstBlock + 1, 0, ping).slice(0, -1);
  return {
    kind: "stream",
    headers: { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache", ...headers },
    events: events.map((frame) => serverSentEvent(frame)),
    terminator: stop === undefined ? "" : serverSentEvent(stop),
    failure: (status) => {
      const error = anthropicErrorObject(status, {
        message: status === 529 ? "Overloaded" : "Internal server error",
        words: {},
      });
      return serverSentEvent({ event: "error", data: { type: "error", error: { details: null, ...error } } });
    },
  };
}

// The start tells what the prompt took, and the end all of it (recorded 2026).
function openEvent(data: JsonObject, simulated: SimulatedMessage): JsonObject {
  if (data.type === "message_start") {
    const message = withOwnFields({ ...objectOf(data.message), usage: {} }, simulated);
    const { output_tokens_details: _details, ...usage } = objectOf(message.usage);
    return { ...data, message: { ...message, stop_details: null, usage: { ...usage, output_tokens: 1 } } };
  }
  if (data.type !== "message_delta") return data;
  const { stop_details } = withOwnFields({}, simulated);
  return { ...data, delta: { ...objectOf(data.delta), stop_details }, usage: usageOf(simulated) };
}
