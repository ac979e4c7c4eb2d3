import type { FinishReason, JsonObject, RefusalPart, TextPart, TextRequest, ToolCallPart } from "@gw/core";
import { answerText, reasoningText } from "./answer-text.ts";
import { planToolCalls } from "./plan-tool-calls.ts";
import { readPrompt } from "./prompt.ts";
import { schemaValue } from "./schema-value.ts";
import { SeededRandom } from "./seeded-random.ts";
import { countTokens, firstTokens } from "./tokens.ts";

/** A last user message that holds this is refused, in the vendor's own way. */
const refusalPhrase = "[[gw-refuse]]";

/** An answer before any vendor's words for it. */
export interface Answer {
  /** What was thought; whether it is shown is the vendor's matter. */
  readonly reasoning: string;
  readonly parts: readonly (TextPart | ToolCallPart | RefusalPart)[];
  /** `stop`, `stop_sequence`, `length`, `tool_calls`, or `content_filter` for a refusal. */
  readonly finishReason: FinishReason;
  readonly stopSequence: string | null;
  /** Reasoning included. */
  readonly outputTokens: number;
  readonly reasoningTokens: number;
}

/** What a scenario puts in place of an answer of the sandbox's own. */
export interface ScriptedReply {
  readonly text?: string;
  readonly toolCalls?: readonly { readonly name: string; readonly arguments: JsonObject }[];
}

/** How a vendor's models answer. */
export interface AnswerStyle {
  readonly thinks: boolean;
  /** Says so in a sentence before it calls a tool. */
  readonly announcesCalls: boolean;
  /** The vendor's form of a tool call's id. */
  callId(random: SeededRandom): string;
}

/** The one answer that this request gets: text, tool calls, a refusal or a value for its schema, cut where its bounds say. */
export function makeAnswer(
  request: TextRequest,
  seed: string,
  style: AnswerStyle,
  scripted: ScriptedReply | undefined,
): Answer {
  const random = new SeededRandom(`answer ${seed}`);
  const prompt = readPrompt(request);
  const reasoning = style.thinks ? reasoningText(request.reasoning, prompt, random) : "";
  const draft = scripted === undefined ? draftParts(request, random, style) : scriptedParts(scripted, random, style);
  return fitAnswer(reasoning, draft, request);
}

type Draft = readonly (TextPart | ToolCallPart | RefusalPart)[];

function draftParts(request: TextRequest, random: SeededRandom, style: AnswerStyle): Draft {
  const prompt = readPrompt(request);
  if (prompt.isLast && prompt.question.includes(refusalPhrase)) {
    return [{ type: "refusal", text: "I'm sorry, but I can't help with that." }];
  }
  const calls = planToolCalls(request, prompt, random);
  if (calls.length > 0) {
    const names = [...new Set(calls.map((call) => call.name))].join(" and ");
    const announcement: TextPart[] = style.announcesCalls ? [{ type: "text", text: `I will call ${names}.` }] : [];
    return [
      ...announcement,
      ...calls.map((call): ToolCallPart => ({ type: "tool-call", id: style.callId(random), ...call })),
    ];
  }
  const text = answerText(request, prompt, random);
  if (request.responseFormat?.type === "json") return [{ type: "text", text: JSON.stringify({ answer: text }) }];
  if (request.responseFormat?.type !== "json-schema") return [{ type: "text", text }];
  const hints = { strings: prompt.subjects, numbers: prompt.numbers };
  return [{ type: "text", text: JSON.stringify(schemaValue(request.responseFormat.schema, random, hints)) }];
}

function scriptedParts(reply: ScriptedReply, random: SeededRandom, style: AnswerStyle): Draft {
  const calls = (reply.toolCalls ?? []).map(
    (call): ToolCallPart => ({
      type: "tool-call",
      id: style.callId(random),
      name: call.name,
      arguments: JSON.stringify(call.arguments),
    }),
  );
  return [...(reply.text === undefined ? [] : [{ type: "text" as const, text: reply.text }]), ...calls];
}

function fitAnswer(reasoning: string, draft: Draft, request: TextRequest): Answer {
  const limit = request.maxOutputTokens ?? Number.POSITIVE_INFINITY;
  const reasoningTokens = Math.min(limit, countTokens(reasoning));
  const parts: Draft[number][] = [];
  let outputTokens = reasoningTokens;
  let finishReason = naturalFinish(draft);
  let stopSequence: string | null = null;
  for (const part of draft) {
    const stopped = part.type === "text" ? cutAtStop(part.text, request.stopSequences ?? []) : null;
    const whole = stopped === null ? part : { ...part, text: stopped.text };
    const tokens = tokensOf(whole);
    if (outputTokens + tokens > limit) {
      const cut = cutToTokens(whole, limit - outputTokens);
      if (cut !== null) parts.push(cut);
      outputTokens = limit;
      finishReason = "length";
      break;
    }
    outputTokens += tokens;
    if (!(whole.type === "text" && whole.text === "")) parts.push(whole as Draft[number]);
    if (stopped !== null) {
      finishReason = "stop_sequence";
      stopSequence = stopped.sequence;
      break;
    }
  }
  const kept = countTokens(reasoning) > limit ? firstTokens(reasoning, limit) : reasoning;
  return { reasoning: kept, parts, finishReason, stopSequence, outputTokens, reasoningTokens };
}

function naturalFinish(draft: Draft): FinishReason {
  if (draft.some((part) => part.type === "refusal")) return "content_filter";
  return draft.some((part) => part.type === "tool-call") ? "tool_calls" : "stop";
}

function tokensOf(part: Draft[number]): number {
  return part.type === "tool-call" ? countTokens(part.name) + countTokens(part.arguments) : countTokens(part.text);
}

function cutToTokens(part: Draft[number], limit: number): Draft[number] | null {
  if (part.type !== "tool-call") {
    const text = firstTokens(part.text, limit);
    return text === "" ? null : { ...part, text };
  }
  const left = limit - countTokens(part.name);
  return left < 1 ? null : { ...part, arguments: firstTokens(part.arguments, left) };
}

function cutAtStop(text: string, sequences: readonly string[]): { text: string; sequence: string } | null {
  let found: { text: string; sequence: string } | null = null;
  for (const sequence of sequences) {
    const at = sequence === "" ? -1 : text.indexOf(sequence);
    if (at >= 0 && (found === null || at < found.text.length)) found = { text: text.slice(0, at), sequence };
  }
  return found;
}
