import type { JsonObject, TextRequest, TextResult } from "@gw/core";
import { openAIChat, type ReplyContext } from "@gw/dialects";
import { objectOf, objectsOf } from "../json-list.ts";
import { type AnswerStyle, makeAnswer } from "../make-answer.ts";
import { readPrompt } from "../prompt.ts";
import { promptSegments, sumTokens } from "../prompt-segments.ts";
import { type Reply, type WholeReply, wholeReply } from "../reply.ts";
import { SeededRandom, seedOf } from "../seeded-random.ts";
import { decodeBody, encodeFrames, neutralResult, serverSentEvent, wantsThinking } from "../text-call.ts";
import { splitTokens } from "../tokens.ts";
import type { PreparedCall, SandboxCall } from "../vendor.ts";
import { checkChat } from "./check-chat.ts";
import { isReasoningModel } from "./check-shared.ts";
import { refuse } from "./refuse.ts";
import { openAIErrorObject, openAIHeaders } from "./wire.ts";

/** `POST /v1/chat/completions`. @throws {VendorError} */
export function prepareChat(call: SandboxCall): PreparedCall {
  checkChat(call.body);
  if (Array.isArray(call.body.modalities) && call.body.modalities.includes("audio")) {
    throw refuse("gw-sandbox: audio answers are not simulated", "modalities", "unsupported_value");
  }
  const { request, stream } = decodeBody(openAIChat, call.body);
  const seed = seedOf("openai-chat", request);
  return {
    model: request.model,
    prompt: readPrompt(request),
    answer: (scripted) => {
      const style: AnswerStyle = {
        thinks: wantsThinking(request.reasoning, isReasoningModel(request.model)),
        announcesCalls: false,
        callId: (random) => `call_${random.id(24)}`,
      };
      const inputTokens = sumTokens(promptSegments(request));
      const results = Array.from({ length: request.candidateCount ?? 1 }, (_, index): TextResult => {
        const answer = makeAnswer(request, seedOf(seed, index), style, scripted);
        const result = { ...neutralResult(request, answer, inputTokens), content: answer.parts };
        return request.logprobs?.enabled === true
          ? { ...result, logprobs: logprobsOf(textOfResult(result), request) }
          : result;
      });
      const headers = openAIHeaders(seed, inputTokens);
      return stream
        ? streamChat(call, request, results, seed, headers)
        : wholeChat(call, request, results, seed, headers);
    },
  };
}

function contextOf(call: SandboxCall, request: TextRequest, seed: string): ReplyContext {
  const { stream_options: _streamOptions, ...requestBody } = call.body;
  return { id: new SeededRandom(seed).id(29), createdAtMs: call.nowMs, model: request.model, requestBody };
}

/** Top-level fields that only the vendor knows; recorded in most answers (2024 to 2026). */
function ownFields(request: TextRequest): JsonObject {
  return {
    service_tier: "default",
    system_fingerprint: `fp_${new SeededRandom(seedOf("fingerprint", request.model)).hex(10)}`,
  };
}

function wholeChat(
  call: SandboxCall,
  request: TextRequest,
  results: readonly TextResult[],
  seed: string,
  headers: Record<string, string>,
): WholeReply {
  const context = contextOf(call, request, seed);
  const bodies = results.map((result) => openAIChat.encodeResult(result, context));
  const choices = bodies.map((body, index) => {
    const choice = objectOf(objectsOf(body.choices)[0]);
    const message = { refusal: null, annotations: [], ...objectOf(choice.message) };
    return { logprobs: null, ...choice, index, message };
  });
  return wholeReply(headers, { ...bodies[0], ...ownFields(request), choices, usage: usageOf(results) });
}

function streamChat(
  call: SandboxCall,
  request: TextRequest,
  results: readonly TextResult[],
  seed: string,
  headers: Record<string, string>,
): Reply {
  const context = contextOf(call, request, seed);
  const includeUsage = objectOf(call.body.stream_options).include_usage === true;
  const logprobs = request.logprobs?.enabled === true ? (token: string) => logprobsOf(token, request) : undefined;
  const lists = results.map((result, index) =>
    encodeFrames(openAIChat, result, context, logprobs).map(({ data }) => ({
      ...data,
      ...ownFields(request),
      choices: objectsOf(data.choices).map((choice) => ({ logprobs: null, ...choice, index })),
      ...(includeUsage && { usage: null }),
    })),
  );
  const chunks: JsonObject[] = interleave(lists);
  const first = chunks[0];
  if (includeUsage && first !== undefined) chunks.push({ ...first, choices: [], usage: usageOf(results) });
  return {
    kind: "stream",
    headers: { "content-type": "text/event-stream; charset=utf-8", ...headers },
    events: chunks.map((data) => serverSentEvent({ data })),
    terminator: "data: [DONE]\n\n",
    failure: (status) => {
      const message = "The server had an error while processing your request. Sorry about that!";
      return serverSentEvent({ data: { error: openAIErrorObject(status, { message, words: {} }) } });
    },
  };
}

// Several answers come mixed, one chunk of each in turn.
function interleave<Item>(lists: readonly (readonly Item[])[]): Item[] {
  const longest = Math.max(...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, index) => lists.flatMap((list) => list.slice(index, index + 1))).flat();
}

function usageOf(results: readonly TextResult[]): JsonObject {
  const prompt = results[0]?.usage.inputTokens ?? 0;
  const completion = results.reduce((sum, { usage }) => sum + (usage.outputTokens ?? 0), 0);
  const reasoning = results.reduce((sum, { usage }) => sum + (usage.reasoningTokens ?? 0), 0);
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

function textOfResult(result: Pick<TextResult, "content">): string {
  return result.content.flatMap((part) => (part.type === "text" ? part.text : [])).join("");
}

function logprobsOf(text: string, request: TextRequest): JsonObject {
  const entry = (token: string): JsonObject => ({
    token,
    logprob: -new SeededRandom(seedOf("logprob", token)).fraction(),
    bytes: [...Buffer.from(token)],
  });
  const top = (request.logprobs?.top ?? 0) > 0;
  const content = splitTokens(text).map((token) => ({ ...entry(token), top_logprobs: top ? [entry(token)] : [] }));
  return { content, refusal: null };
}
