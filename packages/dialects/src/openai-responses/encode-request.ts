import type {
  FunctionTool,
  JsonObject,
  JsonValue,
  ParamNote,
  ResponseFormat,
  TextRequest,
  Tool,
  ToolChoice,
} from "@gw/core/types";
import { dropped, foreignOptionNotes, mapped } from "../option-notes.ts";
import { effortOfBudget, nearestEffort } from "../reasoning-effort.ts";
import { withoutRefused } from "../refused-params.ts";
import type { EncodedRequest } from "../text-dialect.ts";
import { logprobsWord, sealedReasoningWord } from "./decode-request.ts";
import { openAIResponsesId } from "./dialect-id.ts";
import { encodeInput } from "./encode-input.ts";
import type { OpenAIResponsesQuirks } from "./quirks.ts";

const unsayable = [
  "topK",
  "presencePenalty",
  "frequencyPenalty",
  "seed",
  "stopSequences",
  "logitBias",
] as const satisfies readonly (keyof TextRequest)[];

/**
 * A body for a vendor.
 *
 * Unless the caller says otherwise the vendor is told to store nothing: what the caller may need later is in the answer. So
 * that reasoning survives that, it is asked for sealed.
 *
 * @throws {GatewayError} `unsupported_capability`
 */
export function encodeRequest(
  given: TextRequest,
  options: { readonly stream: boolean },
  quirks: OpenAIResponsesQuirks = {},
): EncodedRequest {
  const notes: ParamNote[] = foreignOptionNotes(given, openAIResponsesId);
  const request = withoutRefused(given, quirks.refusedParams, notes);
  for (const param of unsayable)
    if (request[param] !== undefined) notes.push(dropped(param, "the format has no such field"));
  if ((request.candidateCount ?? 1) > 1) notes.push(dropped("candidateCount", "the format gives one answer"));
  if (hasCacheMarks(request)) notes.push(dropped("cacheControl", "the vendor caches by itself"));

  const own = request.providerOptions?.[openAIResponsesId] ?? {};
  const { instructions, items } = encodeInput(request, quirks, notes);
  const include = includeOf(request, items, own.include, quirks);
  const reasoning = { ...asObject(own.reasoning), ...encodeReasoning(request, quirks, notes) };
  const text = { ...asObject(own.text), ...encodeText(request) };
  const body: JsonObject = {
    ...own,
    model: request.model,
    ...(instructions !== null && { instructions }),
    ...(request.messages.length > 0 && { input: items }),
    ...encodeToolSettings(request, notes),
    ...encodeBound(request.maxOutputTokens, quirks, notes),
    ...(request.temperature !== undefined && { temperature: request.temperature }),
    ...(request.topP !== undefined && { top_p: request.topP }),
    ...(request.logprobs?.top !== undefined && { top_logprobs: request.logprobs.top }),
    ...(Object.keys(reasoning).length > 0 && { reasoning }),
    ...(Object.keys(text).length > 0 && { text }),
    ...(include.length > 0 && { include }),
    store: request.store ?? false,
    ...(request.previousResponseId !== undefined && { previous_response_id: request.previousResponseId }),
    ...(request.metadata !== undefined && { metadata: { ...request.metadata } }),
    ...(request.user !== undefined && { safety_identifier: request.user }),
    ...(request.promptCacheKey !== undefined && { prompt_cache_key: request.promptCacheKey }),
    ...(request.serviceTier !== undefined && { service_tier: request.serviceTier }),
    stream: options.stream,
  };
  return { body, notes };
}

function encodeBound(
  tokens: number | undefined,
  { minOutputTokens = 0 }: OpenAIResponsesQuirks,
  notes: ParamNote[],
): JsonObject {
  if (tokens === undefined) return {};
  // What can never be is the vendor's to refuse.
  if (tokens >= minOutputTokens || tokens < 1) return { max_output_tokens: tokens };
  notes.push(mapped("maxOutputTokens", `${minOutputTokens}, the least that is taken`));
  return { max_output_tokens: minOutputTokens };
}

function hasCacheMarks(request: TextRequest): boolean {
  if (request.cacheControl !== undefined) return true;
  if (request.tools?.some((tool) => tool.type === "function" && tool.cacheControl !== undefined)) return true;
  return request.messages.some((message) => message.content.some((part) => part.cacheControl !== undefined));
}

function includeOf(
  request: TextRequest,
  items: readonly JsonObject[],
  own: JsonValue | undefined,
  quirks: OpenAIResponsesQuirks,
): JsonValue[] {
  const include: JsonValue[] = Array.isArray(own) ? [...own] : [];
  const mentioned = request.reasoning !== undefined || items.some((item) => item.encrypted_content !== undefined);
  if (quirks.sealedReasoning ?? mentioned) include.push(sealedReasoningWord);
  if (request.logprobs?.enabled) include.push(logprobsWord);
  return include;
}

function encodeReasoning(request: TextRequest, quirks: OpenAIResponsesQuirks, notes: ParamNote[]): JsonObject {
  const { effort, budgetTokens, includeText, summary } = request.reasoning ?? {};
  const reasoning: JsonObject = {};
  const budgeted = budgetTokens === undefined ? undefined : effortOfBudget(budgetTokens);
  const wanted = effort ?? budgeted;
  if (effort === undefined && budgetTokens !== undefined)
    notes.push(mapped("reasoning", `a budget of tokens became effort ${budgeted ?? "by default"}`));
  if (wanted !== undefined) {
    reasoning.effort = quirks.reasoningEfforts ? nearestEffort(wanted, quirks.reasoningEfforts) : wanted;
    if (reasoning.effort !== wanted) notes.push(mapped("reasoning", `effort ${wanted} became ${reasoning.effort}`));
  }
  if (summary === undefined && includeText !== true) return reasoning;
  if (quirks.refusesReasoningSummary) {
    if (summary !== undefined) notes.push(dropped("reasoning", "the vendor takes no wish for a summary"));
  } else reasoning.summary = summary ?? "auto";
  return reasoning;
}

function encodeText(request: TextRequest): JsonObject {
  return {
    ...(request.responseFormat !== undefined && { format: encodeFormat(request.responseFormat) }),
    ...(request.verbosity !== undefined && { verbosity: request.verbosity }),
  };
}

/** The format demands a name for a schema. */
function encodeFormat(format: ResponseFormat): JsonObject {
  switch (format.type) {
    case "text":
      return { type: "text" };
    case "json":
      return { type: "json_object" };
    case "json-schema":
      return {
        type: "json_schema",
        name: format.name ?? "response",
        schema: format.schema,
        ...(format.description !== undefined && { description: format.description }),
        ...(format.strict !== undefined && { strict: format.strict }),
      };
  }
}

/** Tools and what depends on them: where none is left, a choice among them would be refused. */
function encodeToolSettings(request: TextRequest, notes: ParamNote[]): JsonObject {
  const { toolChoice, parallelToolCalls } = request;
  const tools = request.tools?.flatMap((tool) => encodeTool(tool, notes));
  if (tools?.length === 0 && request.tools?.length !== 0) {
    if (toolChoice !== undefined) notes.push(dropped("toolChoice", "there are no tools"));
    if (parallelToolCalls !== undefined) notes.push(dropped("parallelToolCalls", "there are no tools"));
    return {};
  }
  return {
    ...(tools !== undefined && { tools }),
    ...(toolChoice !== undefined && { tool_choice: encodeToolChoice(toolChoice) }),
    ...(parallelToolCalls !== undefined && { parallel_tool_calls: parallelToolCalls }),
  };
}

function encodeTool(tool: Tool, notes: ParamNote[]): JsonObject[] {
  if (tool.type === "function") return [encodeFunction(tool)];
  if (tool.origin === openAIResponsesId) return [tool.value];
  notes.push(dropped("tools", `only ${tool.origin} has this tool`));
  return [];
}

/**
 * The format demands parameters, and a word on strictness: where there is none the vendor makes the schema strict if it can, and
 * all that was optional becomes required.
 *
 * @see `strict` in openai SDK 7.55 `FunctionTool`; 0xPlaygrounds/rig#2477 of 2026-09-08
 */
function encodeFunction(tool: FunctionTool): JsonObject {
  return {
    type: "function",
    name: tool.name,
    ...(tool.description !== undefined && { description: tool.description }),
    parameters: tool.parameters ?? { type: "object", properties: {}, additionalProperties: false },
    strict: tool.strict ?? false,
    ...tool.providerOptions?.[openAIResponsesId],
  };
}

function encodeToolChoice(choice: ToolChoice): JsonValue {
  return choice.type === "tool" ? { type: "function", name: choice.name } : choice.type;
}

function asObject(value: JsonValue | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}
