import { GatewayError, isJsonObject, type JsonObject, type ParamNote, type TextRequest } from "@gw/core";
import { NoteList } from "../note-list.ts";
import { foreignOptionNotes } from "../option-notes.ts";
import { withoutRefused } from "../refused-params.ts";
import { firstStops } from "../stop-sequences.ts";
import type { EncodedRequest } from "../text-dialect.ts";
import { encodeContents } from "./encode-contents.ts";
import { encodeToolConfig, encodeTools } from "./encode-tools.ts";
import type { GeminiQuirks } from "./quirks.ts";
import { encodeSchema } from "./schema-field.ts";
import { encodeThinking } from "./thinking.ts";

/** @see https://developers.generativeai.google/api/rest/v1beta/GenerationConfig (read 2026-11-29), `stopSequences` */
const maxStopSequences = 5;

/**
 * Writes a `generateContent` body. The model and whether to stream are said by the path.
 *
 * `providerOptions.gemini` goes beside it at the top level (`safetySettings`, `cachedContent`, `labels`, ...), its
 * `generationConfig` into the one written here.
 *
 * @throws {GatewayError} `unsupported_capability` for content that the format cannot carry and for `previousResponseId`;
 * `invalid_request` for a schema or a tool result that cannot be written
 */
export function encodeRequest(request: TextRequest, quirks: GeminiQuirks = {}): EncodedRequest {
  const refused: ParamNote[] = [];
  const sent = withoutRefused(request, quirks.refusedParams, refused);
  const notes = new NoteList();
  notes.add(...refused, ...foreignOptionNotes(sent, "gemini"));
  if (sent.previousResponseId !== undefined)
    throw new GatewayError("unsupported_capability", "This format cannot refer to an earlier response", {
      param: "previousResponseId",
    });
  noteUnsupported(sent, notes);
  const { contents, instruction } = encodeContents(sent.messages, quirks, notes);
  const tools = encodeTools(sent.tools ?? [], quirks, notes);
  const toolConfig = encodeChoice(sent, notes);
  const generationConfig = encodeConfig(sent, quirks, notes);
  const serviceTier = encodeServiceTier(sent.serviceTier, notes);
  const body: JsonObject = {
    ...sent.providerOptions?.gemini,
    contents,
    ...(instruction.length > 0 && { systemInstruction: { parts: instruction } }),
    ...(tools.length > 0 && { tools }),
    ...(toolConfig !== undefined && { toolConfig }),
    ...(generationConfig !== undefined && { generationConfig }),
    ...(serviceTier !== undefined && { serviceTier }),
  };
  return { body, notes: notes.list() };
}

function noteUnsupported(request: TextRequest, notes: NoteList): void {
  const unsupported = ["logitBias", "verbosity", "user", "metadata", "promptCacheKey"] as const;
  for (const field of unsupported) {
    if (request[field] !== undefined) notes.dropped(field, "the format has no such field");
  }
  if (request.parallelToolCalls === false) notes.dropped("parallelToolCalls", "parallel calls cannot be switched off");
  if (request.store === true) notes.dropped("store", "answers are not stored");
  if (request.cacheControl !== undefined) notes.dropped("cacheControl", "prefixes are cached without marks");
}

// A choice without functions is refused.
function encodeChoice(request: TextRequest, notes: NoteList): JsonObject | undefined {
  const choice = request.toolChoice;
  if (request.tools?.some((tool) => tool.type === "function")) return encodeToolConfig(choice, request.providerOptions);
  if (choice?.type === "required" || choice?.type === "tool") notes.dropped("toolChoice", "no function is offered");
  return undefined;
}

function encodeConfig(request: TextRequest, quirks: GeminiQuirks, notes: NoteList): JsonObject | undefined {
  const own = request.providerOptions?.gemini?.generationConfig;
  const config: JsonObject = isJsonObject(own) ? { ...own } : {};
  const plain = [
    "temperature",
    "topP",
    "topK",
    "maxOutputTokens",
    "seed",
    "presencePenalty",
    "frequencyPenalty",
  ] as const;
  for (const field of plain) if (request[field] !== undefined) config[field] = request[field];
  if (request.stopSequences !== undefined)
    config.stopSequences = firstStops(request.stopSequences, maxStopSequences, (note) => notes.add(note));
  if (request.candidateCount === 1) config.candidateCount = 1;
  else if (request.candidateCount !== undefined) notes.dropped("candidateCount", "one answer is read");
  if (request.logprobs !== undefined) {
    config.responseLogprobs = request.logprobs.enabled;
    if (request.logprobs.top !== undefined) config.logprobs = request.logprobs.top;
  }
  Object.assign(config, encodeFormat(request, quirks, notes));
  if (request.reasoning !== undefined) {
    const thinking = encodeThinking(request.reasoning, quirks);
    notes.add(...thinking.notes);
    const merged = { ...(isJsonObject(config.thinkingConfig) && config.thinkingConfig), ...thinking.config };
    if (Object.keys(merged).length > 0) config.thinkingConfig = merged;
  }
  return Object.keys(config).length > 0 ? config : undefined;
}

function encodeFormat(request: TextRequest, quirks: GeminiQuirks, notes: NoteList): JsonObject {
  const format = request.responseFormat;
  if (format === undefined || format.type === "text") return {};
  if (quirks.structuredOutputWithTools === false && (request.tools?.length ?? 0) > 0) {
    notes.dropped("responseFormat", "the model takes no response schema beside tools");
    return {};
  }
  if (format.type === "json") return { responseMimeType: "application/json" };
  const description = format.description !== undefined && { description: format.description };
  const schema = encodeSchema({ ...description, ...format.schema }, "responseFormat", quirks, notes);
  const field = quirks.schemaField === "openapi" ? "responseSchema" : "responseJsonSchema";
  return { responseMimeType: "application/json", [field]: schema };
}

/** @see ServiceTier in @google/genai 3.1.0 */
function encodeServiceTier(tier: string | undefined, notes: NoteList): string | undefined {
  switch (tier) {
    case undefined:
    case "auto":
      return undefined;
    case "default":
      return "standard";
    case "flex":
    case "priority":
      return tier;
  }
  notes.dropped("serviceTier", "tiers are default, flex and priority");
  return undefined;
}
