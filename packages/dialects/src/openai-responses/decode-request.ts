import {
  GatewayError,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type ReasoningEffort,
  type ResponseFormat,
  type TextRequest,
  type Tool,
} from "@gw/core";
import {
  readArray,
  readBoolean,
  readEnum,
  readInteger,
  readNumber,
  readObject,
  readString,
  required,
  wrongType,
} from "../read-json.ts";
import type { DecodedRequest } from "../text-dialect.ts";
import { decodeInput, decodeInstructions } from "./decode-input.ts";
import { furtherFields, openAIResponsesId, withOwnOptions } from "./dialect-id.ts";

const knownFields = [
  "model",
  "input",
  "instructions",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "max_output_tokens",
  "temperature",
  "top_p",
  "top_logprobs",
  "reasoning",
  "text",
  "include",
  "store",
  "previous_response_id",
  "metadata",
  "user",
  "safety_identifier",
  "prompt_cache_key",
  "service_tier",
  "stream",
];

/** What `include` may ask for that has a neutral word. */
export const sealedReasoningWord = "reasoning.encrypted_content";
export const logprobsWord = "message.output_text.logprobs";

/**
 * A caller's body. Fields without a neutral word are kept for this format, nested ones under their parent's name.
 *
 * @throws {GatewayError} `invalid_request` with the path of the field in `param`
 */
export function decodeRequest(body: JsonValue): DecodedRequest {
  if (!isJsonObject(body)) throw new GatewayError("invalid_request", "The body must be an object");
  const own = furtherFields(body, knownFields);
  const instructions = readString(body.instructions, "instructions");
  const elsewhere = body.previous_response_id ?? body.conversation ?? body.prompt;
  if (body.input === undefined && (elsewhere === undefined || elsewhere === null)) required(undefined, "input");
  const include = decodeInclude(body);
  const reasoning = decodeReasoning(body, include, own);
  const { toolChoice, ...tools } = decodeTools(body, own);
  if (include.rest.length > 0) own.include = include.rest;
  const user = readString(body.user, "user");
  const safetyIdentifier = readString(body.safety_identifier, "safety_identifier");
  if (user !== undefined && safetyIdentifier !== undefined) own.user = user;
  const request: TextRequest = {
    model: required(readString(body.model, "model"), "model"),
    messages: [...(instructions === undefined ? [] : [decodeInstructions(instructions)]), ...decodeInput(body.input)],
    ...tools,
    ...(toolChoice !== undefined && { toolChoice }),
    ...present("parallelToolCalls", readBoolean(body.parallel_tool_calls, "parallel_tool_calls")),
    ...present("maxOutputTokens", readInteger(body.max_output_tokens, "max_output_tokens")),
    ...present("temperature", readNumber(body.temperature, "temperature")),
    ...present("topP", readNumber(body.top_p, "top_p")),
    ...present("logprobs", decodeLogprobs(body, include.logprobs)),
    ...present("reasoning", reasoning),
    ...decodeText(body, own),
    ...present("user", safetyIdentifier ?? user),
    ...present("metadata", decodeMetadata(body)),
    ...present("serviceTier", readString(body.service_tier, "service_tier")),
    ...present("store", readBoolean(body.store, "store")),
    ...present("previousResponseId", readString(body.previous_response_id, "previous_response_id")),
    ...present("promptCacheKey", readString(body.prompt_cache_key, "prompt_cache_key")),
    ...(Object.keys(own).length > 0 && { providerOptions: { [openAIResponsesId]: own } }),
  };
  return { request, stream: readBoolean(body.stream, "stream") ?? false, notes: [] };
}

function present<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]: Value });
}

interface Include {
  readonly sealedReasoning: boolean;
  readonly logprobs: boolean;
  readonly rest: string[];
}

function decodeInclude(body: JsonObject): Include {
  const words = (readArray(body.include, "include") ?? []).map((word, position) =>
    required(readString(word, `include[${position}]`), `include[${position}]`),
  );
  return {
    sealedReasoning: words.includes(sealedReasoningWord),
    logprobs: words.includes(logprobsWord),
    rest: words.filter((word) => word !== sealedReasoningWord && word !== logprobsWord),
  };
}

const efforts: readonly ReasoningEffort[] = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

/** Whoever asks for sealed reasoning wants reasoning, be it the model's default amount: an empty object says that. */
function decodeReasoning(body: JsonObject, include: Include, own: Record<string, JsonValue>): TextRequest["reasoning"] {
  const reasoning = readObject(body.reasoning, "reasoning");
  if (reasoning === undefined) return include.sealedReasoning ? {} : undefined;
  const effort = readEnum(reasoning.effort, "reasoning.effort", efforts);
  const summary = readEnum(reasoning.summary, "reasoning.summary", ["auto", "concise", "detailed"] as const);
  const rest = furtherFields(reasoning, ["effort", "summary"]);
  if (Object.keys(rest).length > 0) own.reasoning = rest;
  return {
    ...(effort !== undefined && { effort }),
    ...(summary !== undefined && { summary, includeText: true }),
  };
}

function decodeLogprobs(body: JsonObject, asked: boolean): TextRequest["logprobs"] {
  const top = readInteger(body.top_logprobs, "top_logprobs");
  if (!asked && top === undefined) return undefined;
  return { enabled: asked || (top ?? 0) > 0, ...(top !== undefined && { top }) };
}

function decodeText(
  body: JsonObject,
  own: Record<string, JsonValue>,
): Pick<TextRequest, "responseFormat" | "verbosity"> {
  const text = readObject(body.text, "text");
  if (text === undefined) return {};
  const rest = furtherFields(text, ["format", "verbosity"]);
  const format = readObject(text.format, "text.format");
  const responseFormat = format === undefined ? undefined : decodeFormat(format);
  if (format !== undefined && responseFormat === undefined) rest.format = format;
  if (Object.keys(rest).length > 0) own.text = rest;
  return {
    ...present("responseFormat", responseFormat),
    ...present("verbosity", readEnum(text.verbosity, "text.verbosity", ["low", "medium", "high"] as const)),
  };
}

function decodeFormat(format: JsonObject): ResponseFormat | undefined {
  switch (required(readString(format.type, "text.format.type"), "text.format.type")) {
    case "text":
      return { type: "text" };
    case "json_object":
      return { type: "json" };
    case "json_schema":
      return {
        type: "json-schema",
        schema: required(readObject(format.schema, "text.format.schema"), "text.format.schema"),
        ...present("name", readString(format.name, "text.format.name")),
        ...present("description", readString(format.description, "text.format.description")),
        ...present("strict", readBoolean(format.strict, "text.format.strict")),
      };
    default:
      return undefined;
  }
}

function decodeTools(body: JsonObject, own: Record<string, JsonValue>): Pick<TextRequest, "tools" | "toolChoice"> {
  const tools = readArray(body.tools, "tools")?.map((tool, position) => decodeTool(tool, `tools[${position}]`));
  const choice = body.tool_choice;
  if (choice === undefined || choice === null) return present("tools", tools);
  if (typeof choice === "string") {
    const type = readEnum(choice, "tool_choice", ["auto", "none", "required"] as const) ?? "auto";
    return { ...present("tools", tools), toolChoice: { type } };
  }
  const object = readObject(choice, "tool_choice") ?? {};
  if (object.type === "function") {
    const name = required(readString(object.name, "tool_choice.name"), "tool_choice.name");
    return { ...present("tools", tools), toolChoice: { type: "tool", name } };
  }
  own.tool_choice = object;
  return present("tools", tools);
}

function decodeTool(value: JsonValue, path: string): Tool {
  const tool = readObject(value, path);
  if (tool === undefined) throw wrongType(path, "an object");
  if (required(readString(tool.type, `${path}.type`), `${path}.type`) !== "function")
    return { type: "vendor", origin: openAIResponsesId, value: tool };
  const further = furtherFields(tool, ["type", "name", "description", "parameters", "strict"]);
  const strict = readBoolean(tool.strict, `${path}.strict`);
  return {
    type: "function",
    name: required(readString(tool.name, `${path}.name`), `${path}.name`),
    ...present("description", readString(tool.description, `${path}.description`)),
    ...present("parameters", readObject(tool.parameters, `${path}.parameters`)),
    ...present("strict", strict),
    // Only in this format silence means "strict if the schema allows".
    ...withOwnOptions(strict === undefined ? { ...further, strict: null } : further),
  };
}

function decodeMetadata(body: JsonObject): TextRequest["metadata"] {
  const metadata = readObject(body.metadata, "metadata");
  if (metadata === undefined) return undefined;
  const pairs: Record<string, string> = {};
  for (const [key, value] of Object.entries(metadata))
    pairs[key] = required(readString(value, `metadata.${key}`), `metadata.${key}`);
  return pairs;
}
