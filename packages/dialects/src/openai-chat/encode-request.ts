import { GatewayError, type JsonObject, type JsonValue, type ParamNote, type TextRequest, type Tool } from "@gw/core";
import { dropped, foreignOptionNotes, mapped } from "../option-notes.ts";
import { effortOfBudget, nearestEffort } from "../reasoning-effort.ts";
import { withoutRefused } from "../refused-params.ts";
import { firstStops } from "../stop-sequences.ts";
import type { EncodedRequest } from "../text-dialect.ts";
import { dialectId } from "./dialect-id.ts";
import { type EncodeScope, encodeCacheControl, encodePartCacheControl } from "./encode-content.ts";
import { encodeMessages } from "./encode-messages.ts";
import { ownOptions } from "./part-options.ts";
import type { OpenAIChatQuirks } from "./quirks.ts";

/**
 * Writes a chat completions request.
 *
 * @throws {GatewayError} `unsupported_capability` for content, or an earlier response's id, that the format cannot carry.
 */
export function encodeRequest(
  original: TextRequest,
  options: { readonly stream: boolean },
  quirks: OpenAIChatQuirks = {},
): EncodedRequest {
  const notes = foreignOptionNotes(original, dialectId);
  const request = withoutRefused(original, quirks.refusedParams, notes);
  if (request.previousResponseId !== undefined) {
    throw new GatewayError("unsupported_capability", "Chat completions keep no earlier responses", {
      param: "previousResponseId",
    });
  }
  const scope: EncodeScope = { quirks, notes };
  const messages = encodeMessages(request.messages, scope);
  const format = encodeResponseFormat(request, scope);
  const body: JsonObject = {
    ...request.providerOptions?.[dialectId],
    model: request.model,
    messages: format.instruction === null ? messages : [format.instruction, ...messages],
    ...encodeTools(request, scope),
    ...encodeScalars(request, scope),
    ...format.fields,
    ...encodeReasoning(request, scope),
    ...encodeStream(request, options.stream, quirks),
  };
  return { body, notes };
}

/** The parameters that are one field each. */
function encodeScalars(request: TextRequest, { quirks, notes }: EncodeScope): JsonObject {
  const topK = request.topK !== undefined && quirks.topK !== true ? undefined : request.topK;
  if (topK !== request.topK) notes.push(dropped("topK", "the format has none"));
  const one = request.candidateCount === undefined || request.candidateCount === 1;
  if (!one) notes.push(dropped("candidateCount", "a translated answer is one"));
  const { stopSequences: stops } = request;
  const addNote = (note: ParamNote) => void notes.push(note);
  const cacheControl = quirks.cacheControl === true ? request.cacheControl : undefined;
  if (cacheControl !== request.cacheControl) notes.push(dropped("cacheControl", "the server has no cache marks"));
  return withoutUndefined({
    [quirks.maxTokensField ?? "max_completion_tokens"]: request.maxOutputTokens,
    temperature: request.temperature,
    top_p: request.topP,
    top_k: topK,
    presence_penalty: request.presencePenalty,
    frequency_penalty: request.frequencyPenalty,
    seed: request.seed,
    stop: stops === undefined ? undefined : firstStops(stops, quirks.maxStopSequences ?? stops.length, addNote),
    n: one ? request.candidateCount : undefined,
    logprobs: request.logprobs?.enabled,
    top_logprobs: request.logprobs?.top,
    logit_bias: request.logitBias,
    verbosity: request.verbosity,
    user: request.user,
    metadata: request.metadata,
    service_tier: request.serviceTier,
    store: request.store,
    prompt_cache_key: request.promptCacheKey,
    cache_control: cacheControl && encodeCacheControl(cacheControl),
  });
}

function withoutUndefined(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** Tools and what depends on them: without tools the format refuses a choice. */
function encodeTools(request: TextRequest, scope: EncodeScope): JsonObject {
  const tools = (request.tools ?? []).flatMap((tool) => encodeTool(tool, scope));
  if (tools.length === 0) {
    if (request.toolChoice !== undefined) scope.notes.push(dropped("toolChoice", "there are no tools"));
    if (request.parallelToolCalls !== undefined) scope.notes.push(dropped("parallelToolCalls", "there are no tools"));
    return {};
  }
  const choice = request.toolChoice;
  return {
    tools,
    ...(choice !== undefined && {
      tool_choice: choice.type === "tool" ? { type: "function", function: { name: choice.name } } : choice.type,
    }),
    ...(request.parallelToolCalls !== undefined && { parallel_tool_calls: request.parallelToolCalls }),
  };
}

function encodeTool(tool: Tool, scope: EncodeScope): JsonObject[] {
  if (tool.type === "vendor") {
    if (tool.origin === dialectId) return [tool.value];
    scope.notes.push(dropped("tools", `only ${tool.origin} has this kind of tool`));
    return [];
  }
  const { function: inner, ...outer } = ownOptions(tool);
  const definition: JsonObject = {
    name: tool.name,
    ...(tool.description !== undefined && { description: tool.description }),
    ...(tool.parameters !== undefined && { parameters: tool.parameters }),
    ...(tool.strict !== undefined && { strict: tool.strict }),
    ...(inner as JsonObject | undefined),
  };
  return [{ type: "function", function: definition, ...encodePartCacheControl(tool.cacheControl, scope), ...outer }];
}

interface EncodedFormat {
  readonly fields: JsonObject;
  /** A message that says what the field cannot. */
  readonly instruction: JsonObject | null;
}

function encodeResponseFormat(request: TextRequest, { quirks, notes }: EncodeScope): EncodedFormat {
  const format = request.responseFormat;
  if (format === undefined) return { fields: {}, instruction: null };
  const level = quirks.structuredOutput ?? "json_schema";
  if (format.type !== "text" && level === "none") {
    notes.push(dropped("responseFormat", "the server has no structured output"));
    return { fields: {}, instruction: null };
  }
  if (format.type === "text") return { fields: { response_format: { type: "text" } }, instruction: null };
  if (format.type === "json") return { fields: { response_format: { type: "json_object" } }, instruction: null };
  if (level === "json_object") {
    notes.push(mapped("responseFormat", "any JSON object, the schema as an instruction"));
    // Servers of this kind refuse the mode unless the prompt says "JSON".
    const content = `Answer with a JSON object that matches this JSON Schema:\n${JSON.stringify(format.schema)}`;
    return {
      fields: { response_format: { type: "json_object" } },
      instruction: { role: quirks.systemRole ?? "system", content },
    };
  }
  const schema: JsonObject = {
    name: format.name ?? "response",
    ...(format.description !== undefined && { description: format.description }),
    ...(format.strict !== undefined && { strict: format.strict }),
    schema: format.schema,
  };
  return { fields: { response_format: { type: "json_schema", json_schema: schema } }, instruction: null };
}

function encodeReasoning(request: TextRequest, { quirks, notes }: EncodeScope): JsonObject {
  const { reasoning } = request;
  if (reasoning === undefined) return {};
  if (reasoning.summary !== undefined) notes.push(dropped("reasoning.summary", "the format has no summaries"));
  const { budgetTokens, includeText } = reasoning;
  if (quirks.reasoningControl === "reasoning") {
    const budget = typeof budgetTokens === "number" && budgetTokens > 0 ? budgetTokens : undefined;
    const effort = budgetTokens === 0 ? (reasoning.effort ?? "none") : reasoning.effort;
    const control = withoutUndefined({
      effort: effort && knownEffort(effort, quirks, notes),
      max_tokens: budget,
      exclude: includeText === undefined ? undefined : !includeText,
      enabled: budgetTokens === "dynamic" ? true : undefined,
    });
    return Object.keys(control).length === 0 ? {} : { reasoning: control };
  }
  // A server that has something to show does so unasked.
  if (includeText === false) notes.push(dropped("reasoning.includeText", "the server decides what it shows"));
  const wanted = reasoning.effort ?? (budgetTokens === undefined ? undefined : effortOfBudget(budgetTokens));
  if (typeof budgetTokens === "number") {
    notes.push(mapped("reasoning.budgetTokens", `reasoning_effort ${wanted}`));
  }
  return wanted === undefined ? {} : { reasoning_effort: knownEffort(wanted, quirks, notes) };
}

function knownEffort(
  effort: NonNullable<NonNullable<TextRequest["reasoning"]>["effort"]>,
  quirks: OpenAIChatQuirks,
  notes: ParamNote[],
): JsonValue {
  const known = quirks.reasoningEfforts === undefined ? effort : nearestEffort(effort, quirks.reasoningEfforts);
  if (known !== effort) notes.push(mapped("reasoning.effort", `${effort} became ${known}`));
  return known;
}

function encodeStream(request: TextRequest, stream: boolean, quirks: OpenAIChatQuirks): JsonObject {
  const { stream_options: own } = request.providerOptions?.[dialectId] ?? {};
  // Options of streams are refused beside an unstreamed request.
  if (!stream) return own === undefined ? {} : { stream_options: undefined };
  if (quirks.streamUsage === false) return { stream: true };
  return { stream: true, stream_options: { ...(own as JsonObject | undefined), include_usage: true } };
}
