import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type ReasoningPart,
  type TextRequest,
  type TextResult,
} from "@gw/core";
import { openAIResponses, type ReplyContext } from "@gw/dialects";
import { objectOf, objectsOf } from "../json-list.ts";
import { type Answer, type AnswerStyle, makeAnswer } from "../make-answer.ts";
import { readPrompt } from "../prompt.ts";
import { promptSegments, sumTokens } from "../prompt-segments.ts";
import { type Reply, wholeReply } from "../reply.ts";
import { seal } from "../seal.ts";
import { SeededRandom, seedOf } from "../seeded-random.ts";
import {
  decodeBody,
  encodeFrames,
  neutralResult,
  type OpenFrame,
  serverSentEvent,
  wantsThinking,
} from "../text-call.ts";
import { noPrompt, type PreparedCall, type SandboxCall } from "../vendor.ts";
import { VendorError } from "../vendor-error.ts";
import { checkResponses } from "./check-responses.ts";
import { isReasoningModel } from "./check-shared.ts";
import { refuse } from "./refuse.ts";
import type { StoredResponses } from "./stored-responses.ts";
import { openAIErrorObject, openAIHeaders } from "./wire.ts";

/** `POST /v1/responses`. Answers are kept, unless `store` is false, for `previous_response_id`. @throws {VendorError} */
export function prepareResponse(call: SandboxCall, stored: StoredResponses): PreparedCall {
  const items = conversation(call.body, stored);
  checkResponses(call.body, items);
  const { previous_response_id: _previous, ...body } = call.body;
  const { request, stream } = decodeBody(openAIResponses, { ...body, input: [...items] });
  const seed = seedOf("openai-responses", request);
  return {
    model: request.model,
    prompt: readPrompt(request),
    answer: (scripted) => {
      const style: AnswerStyle = {
        thinks: wantsThinking(request.reasoning, isReasoningModel(request.model)),
        announcesCalls: false,
        callId: (random) => `call_${random.id(24)}`,
      };
      const answer = makeAnswer(request, seed, style, scripted);
      const inputTokens = sumTokens(promptSegments(request));
      const result = resultOf(request, answer, inputTokens, call.body, seed);
      const context: ReplyContext = {
        id: new SeededRandom(seed).hex(32),
        createdAtMs: call.nowMs,
        model: request.model,
        requestBody: call.body,
      };
      const whole = withOwnFields(openAIResponses.encodeResult(result, context), call, request);
      if (call.body.store !== false) stored.keep(whole, [...items, ...objectsOf(whole.output)]);
      const headers = openAIHeaders(seed, inputTokens);
      return stream ? streamResponse(call, request, result, context, headers) : wholeReply(headers, whole);
    },
  };
}

/** `GET /v1/responses/{id}`. @throws {VendorError} */
export function prepareStoredResponse(id: string, stored: StoredResponses): PreparedCall {
  const found = stored.find(id);
  if (found === undefined) {
    throw new VendorError(404, `Response with id '${id}' not found.`, { code: null });
  }
  return {
    model: "",
    prompt: noPrompt,
    answer: () => wholeReply(openAIHeaders(seedOf("get", id), null), found.response),
  };
}

/** `POST /v1/responses/input_tokens`. @throws {VendorError} */
export function prepareInputTokens(call: SandboxCall, stored: StoredResponses): PreparedCall {
  const { request } = decodeBody(openAIResponses, { ...call.body, input: [...conversation(call.body, stored)] });
  const body = { object: "response.input_tokens", input_tokens: sumTokens(promptSegments(request)) };
  const prompt = readPrompt(request);
  return {
    model: request.model,
    prompt,
    answer: () => wholeReply(openAIHeaders(seedOf("count", request), null), body),
  };
}

function conversation(body: JsonObject, stored: StoredResponses): readonly JsonObject[] {
  const items = typeof body.input === "string" ? [{ role: "user", content: body.input }] : objectsOf(body.input);
  const previous = body.previous_response_id;
  if (typeof previous !== "string") return items;
  const found = stored.find(previous);
  if (found === undefined) {
    throw refuse(
      `Previous response with id '${previous}' not found.`,
      "previous_response_id",
      "previous_response_not_found",
    );
  }
  return [...found.items, ...items];
}

function resultOf(
  request: TextRequest,
  answer: Answer,
  inputTokens: number,
  body: JsonObject,
  seed: string,
): TextResult {
  const result = { ...neutralResult(request, answer, inputTokens), content: answer.parts };
  if (answer.reasoning === "") return result;
  const id = `rs_${new SeededRandom(seedOf("reasoning", seed)).hex(48)}`;
  const isSealed = Array.isArray(body.include) && body.include.includes("reasoning.encrypted_content");
  const isShown = objectOf(body.reasoning).summary !== undefined && objectOf(body.reasoning).summary !== null;
  const thought: ReasoningPart = {
    type: "reasoning",
    text: isShown ? answer.reasoning : "",
    origin: openAIResponses.id,
    id,
    ...(isSealed && { sealed: seal("openai-reasoning", id, seed) }),
  };
  return { ...result, content: [thought, ...answer.parts] };
}

/** Fields of a response object that only the vendor knows; recorded in most answers (2025 to 2026). */
function withOwnFields(response: JsonObject, call: SandboxCall, request: TextRequest): JsonObject {
  const isDone = response.status !== "in_progress";
  const thinks = wantsThinking(request.reasoning, isReasoningModel(request.model));
  const text = objectOf(response.text);
  return {
    ...response,
    output: objectsOf(response.output).map((item, index, { length }) => {
      const isCut = response.status === "incomplete" && index === length - 1 && item.status !== undefined;
      return isCut ? { ...item, status: "incomplete" } : item;
    }),
    billing: { payer: "developer" },
    completed_at: isDone ? Math.floor(call.nowMs / 1_000) : null,
    frequency_penalty: 0,
    presence_penalty: 0,
    moderation: null,
    prompt_cache_retention: response.prompt_cache_retention ?? "in_memory",
    reasoning: {
      context: thinks ? "current_turn" : null,
      summary: null,
      ...objectOf(response.reasoning),
      effort: objectOf(response.reasoning).effort ?? (thinks ? "medium" : null),
    },
    service_tier: "default",
    temperature: response.temperature ?? 1,
    text: { verbosity: "medium", ...text },
    tool_usage: {
      image_gen: {
        input_tokens: 0,
        input_tokens_details: { image_tokens: 0, text_tokens: 0 },
        output_tokens: 0,
        output_tokens_details: { image_tokens: 0, text_tokens: 0 },
        total_tokens: 0,
      },
      web_search: { num_requests: 0 },
    },
    top_p: response.top_p ?? 1,
  };
}

function streamResponse(
  call: SandboxCall,
  request: TextRequest,
  result: TextResult,
  context: ReplyContext,
  headers: Record<string, string>,
): Reply {
  const padding = new SeededRandom(seedOf("padding", context.id));
  const isPadded = objectOf(call.body.stream_options).include_obfuscation !== false;
  const frames = encodeFrames(openAIResponses, result, context).map(({ data, ...frame }): OpenFrame => {
    if (isJsonObject(data.response)) {
      return { ...frame, data: { ...data, response: withOwnFields(data.response, call, request) } };
    }
    // Padding hides the lengths of deltas on the wire (recorded 2025 to 2026).
    const isDelta = isPadded && typeof data.delta === "string";
    return { ...frame, data: isDelta ? { ...data, obfuscation: padding.id(padding.integer(4, 16)) } : data };
  });
  return {
    kind: "stream",
    headers: { "content-type": "text/event-stream; charset=utf-8", ...headers },
    events: frames.map((frame) => serverSentEvent(frame)),
    terminator: "",
    failure: (status) => failureEvents(status, frames[0]?.data.response, frames.length),
  };
}

// The error is nested in its event (recorded), and the response itself fails after it.
function failureEvents(status: number, response: JsonValue | undefined, sequence: number): string {
  const message = "An error occurred while processing your request.";
  const error = openAIErrorObject(status, { message, words: {} });
  const failed = { ...objectOf(response), status: "failed", error: { code: error.code ?? "server_error", message } };
  return [
    { event: "error", data: { type: "error", sequence_number: sequence, error } },
    { event: "response.failed", data: { type: "response.failed", sequence_number: sequence + 1, response: failed } },
  ]
    .map((frame) => serverSentEvent(frame))
    .join("");
}
