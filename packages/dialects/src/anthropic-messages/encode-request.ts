import { GatewayError, type JsonObject, type ParamNote, type TextRequest } from "@gw/core";
import { NoteList } from "../note-list.ts";
import { foreignOptionNotes } from "../option-notes.ts";
import { withoutRefused } from "../refused-params.ts";
import type { EncodedRequest } from "../text-dialect.ts";
import { encodeCacheControl, limitCacheMarks } from "./cache-marks.ts";
import { dialectId } from "./dialect-id.ts";
import { encodeMessages } from "./encode-messages.ts";
import {
  encodeServiceTier,
  encodeToolChoice,
  encodeTools,
  groupWithOwnFields,
  planOutput,
  withOwnFields,
} from "./encode-options.ts";
import { planThinking } from "./encode-thinking.ts";
import { type AnthropicMessagesQuirks, completeQuirks } from "./quirks.ts";

/**
 * A body for the vendor. `stream` is written only when true.
 *
 * @throws {GatewayError} `unsupported_capability` for content that cannot be said, and for a `previousResponseId`
 */
export function encodeRequest(
  given: TextRequest,
  options: { readonly stream: boolean },
  givenQuirks?: AnthropicMessagesQuirks,
): EncodedRequest {
  const quirks = completeQuirks(givenQuirks);
  const notes = new NoteList();
  const refused: ParamNote[] = [];
  const request = withoutRefused(given, quirks.refusedParams, refused);
  for (const note of [...refused, ...foreignOptionNotes(request, dialectId)]) notes.add(note);
  if (request.previousResponseId !== undefined) {
    throw new GatewayError("unsupported_capability", "This format has no earlier answers to refer to", {
      param: "previousResponseId",
    });
  }
  const own = request.providerOptions?.[dialectId] ?? {};
  const conversation = encodeMessages(request, quirks, notes);
  const output = planOutput(request.responseFormat, quirks, notes);
  const tools = encodeTools(request.tools, quirks, notes);
  if (output.tool !== undefined) tools.push(output.tool);
  const toolChoice = encodeToolChoice(request, output, tools, quirks, notes);
  const thinking = planThinking(
    {
      reasoning: request.reasoning,
      maxOutputTokens: request.maxOutputTokens,
      forcedTool: toolChoice.forced,
      unthinkingToolTurn: conversation.unthinkingToolTurn,
    },
    quirks,
    notes,
  );
  const content = conversation.messages.flatMap((message) => message.content);
  const automatic = request.cacheControl === undefined ? 0 : 1;
  limitCacheMarks([...tools, ...conversation.system], content, quirks.maxCacheMarks - automatic, notes);
  noteUnsayable(request, notes);
  const body: JsonObject = {
    ...own,
    model: request.model,
    max_tokens: thinking.maxTokens,
    system: conversation.system.length > 0 ? conversation.system : undefined,
    messages: conversation.messages,
    tools: tools.length > 0 ? tools : undefined,
    tool_choice: withOwnFields(own.tool_choice, toolChoice.choice),
    thinking: withOwnFields(own.thinking, thinking.thinking),
    output_config: groupWithOwnFields(own.output_config, {
      ...(thinking.effort !== undefined && { effort: thinking.effort }),
      ...(output.format !== undefined && { format: output.format }),
    }),
    ...encodeSampling(request, thinking.on, quirks, notes),
    stop_sequences: encodeStopSequences(request.stopSequences, notes),
    metadata: groupWithOwnFields(own.metadata, request.user === undefined ? {} : { user_id: request.user }),
    service_tier: encodeServiceTier(request.serviceTier, notes),
    cache_control: request.cacheControl === undefined ? undefined : encodeCacheControl(request.cacheControl),
    stream: options.stream ? true : undefined,
  };
  return { body: withoutUndefined(body), notes: notes.list() };
}

/** Thinking allows no temperature but 1, no `top_k`, and a `top_p` from 0.95 on. @see `claudeQuirks` for models that take none */
function encodeSampling(
  request: TextRequest,
  thinks: boolean,
  quirks: Required<AnthropicMessagesQuirks>,
  notes: NoteList,
): JsonObject {
  const sampling: JsonObject = {};
  if (request.temperature !== undefined) {
    const temperature = Math.min(1, Math.max(0, request.temperature));
    if (thinks && temperature !== 1) notes.dropped("temperature", "refused while thinking");
    else {
      if (temperature !== request.temperature) notes.mapped("temperature", `${temperature}, the range is 0 to 1`);
      sampling.temperature = temperature;
    }
  }
  if (request.topP !== undefined) {
    if (thinks && request.topP < 0.95) notes.dropped("topP", "refused while thinking");
    else if (quirks.temperatureOrTopP && sampling.temperature !== undefined) {
      notes.dropped("topP", "the model takes no temperature beside it");
    } else sampling.top_p = request.topP;
  }
  if (request.topK !== undefined) {
    if (thinks) notes.dropped("topK", "refused while thinking");
    else sampling.top_k = request.topK;
  }
  return sampling;
}

/** @see BerriAI/litellm#3286 of 2024-04-25: "each stop sequence must contain non-whitespace" */
function encodeStopSequences(sequences: readonly string[] | undefined, notes: NoteList): string[] | undefined {
  const kept = sequences?.filter((sequence) => sequence.trim() !== "");
  if (kept?.length !== sequences?.length) notes.dropped("stopSequences", "one of white space alone is refused");
  return kept !== undefined && kept.length > 0 ? kept : undefined;
}

/** Reports the neutral fields that this format has no word for. Values that ask for what it does anyway are honoured. */
function noteUnsayable(request: TextRequest, notes: NoteList): void {
  const reason = "the format has no word for it";
  const unsayable = [
    "presencePenalty",
    "frequencyPenalty",
    "seed",
    "logitBias",
    "verbosity",
    "metadata",
    "promptCacheKey",
  ] as const;
  for (const param of unsayable) if (request[param] !== undefined) notes.dropped(param, reason);
  if ((request.candidateCount ?? 1) !== 1) notes.dropped("candidateCount", reason);
  if (request.logprobs?.enabled) notes.dropped("logprobs", reason);
  if (request.store === true) notes.dropped("store", "answers are not stored");
}

function withoutUndefined(body: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}
