import type {
  JsonObject,
  JsonValue,
  ReasoningEffort,
  ReasoningOptions,
  ResponseFormat,
  TextRequest,
} from "@gw/core/types";
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
import { decodeCacheControl } from "./decode-content.ts";
import { decodeMessages } from "./decode-messages.ts";
import { decodeToolChoice, decodeTools } from "./decode-tools.ts";
import { dialectId } from "./dialect-id.ts";
import { unknownFields } from "./part-options.ts";

const efforts: readonly ReasoningEffort[] = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

const knownFields = new Set([
  ...["model", "messages", "stream", "stream_options", "tools", "functions", "tool_choice", "function_call"],
  ...["parallel_tool_calls", "max_completion_tokens", "max_tokens", "temperature", "top_p", "top_k"],
  ...["presence_penalty", "frequency_penalty", "seed", "stop", "n", "logprobs", "top_logprobs", "logit_bias"],
  ...["response_format", "reasoning_effort", "reasoning", "verbosity", "metadata", "service_tier", "store"],
  ...["prompt_cache_key", "cache_control", "user", "safety_identifier"],
]);

/**
 * Reads a chat completions request. Fields of a known name have to be of their type; all others, and values that only this
 * format has, are kept under `providerOptions`.
 *
 * @throws {GatewayError} `invalid_request` with the path of the field.
 */
export function decodeRequest(value: JsonValue): DecodedRequest {
  const body = required(readObject(value, "body"), "body");
  const request: TextRequest = {
    model: required(readString(body.model, "model") || undefined, "model"),
    messages: decodeMessages(required(readArray(body.messages, "messages"), "messages")),
    ...decodeTools(body),
    ...decodeToolChoice(body),
    ...decodeScalars(body),
    ...decodeResponseFormat(body.response_format),
    ...decodeReasoning(body),
    ...decodeCacheControl(body.cache_control, "cache_control"),
    ...decodeOwnOptions(body),
  };
  return { request, stream: readBoolean(body.stream, "stream") ?? false, notes: [] };
}

type Scalars = Omit<TextRequest, "model" | "messages">;

/** Leaves out what the caller did not give. */
function given(fields: { readonly [Name in keyof Scalars]: Scalars[Name] | undefined }): Scalars {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Scalars;
}

function decodeScalars(body: JsonObject): Scalars {
  return given({
    parallelToolCalls: readBoolean(body.parallel_tool_calls, "parallel_tool_calls"),
    maxOutputTokens:
      readInteger(body.max_completion_tokens, "max_completion_tokens") ?? readInteger(body.max_tokens, "max_tokens"),
    temperature: readNumber(body.temperature, "temperature"),
    topP: readNumber(body.top_p, "top_p"),
    topK: readNumber(body.top_k, "top_k"),
    presencePenalty: readNumber(body.presence_penalty, "presence_penalty"),
    frequencyPenalty: readNumber(body.frequency_penalty, "frequency_penalty"),
    seed: readInteger(body.seed, "seed"),
    stopSequences: decodeStop(body.stop),
    candidateCount: readInteger(body.n, "n"),
    logprobs: decodeLogprobs(body),
    logitBias: decodeMap(body.logit_bias, "logit_bias", readNumber),
    verbosity: readEnum(body.verbosity, "verbosity", ["low", "medium", "high"]),
    user: readString(body.user, "user") ?? readString(body.safety_identifier, "safety_identifier"),
    metadata: decodeMap(body.metadata, "metadata", readString),
    serviceTier: readString(body.service_tier, "service_tier"),
    store: readBoolean(body.store, "store"),
    promptCacheKey: readString(body.prompt_cache_key, "prompt_cache_key"),
  });
}

function decodeLogprobs(body: JsonObject): TextRequest["logprobs"] {
  const top = readInteger(body.top_logprobs, "top_logprobs");
  const enabled = readBoolean(body.logprobs, "logprobs");
  if (enabled === undefined && top === undefined) return undefined;
  return { enabled: enabled ?? false, ...(top !== undefined && { top }) };
}

function decodeStop(value: JsonValue | undefined): string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return [value];
  if (!Array.isArray(value)) throw wrongType("stop", "a string or an array");
  return value.map((item, index) => required(readString(item, `stop[${index}]`), `stop[${index}]`));
}

function decodeMap<Value>(
  value: JsonValue | undefined,
  path: string,
  read: (value: JsonValue | undefined, path: string) => Value | undefined,
): Record<string, Value> | undefined {
  const object = readObject(value, path);
  if (object === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(object).map(([key, item]) => [key, required(read(item, `${path}.${key}`), `${path}.${key}`)]),
  );
}

function decodeResponseFormat(value: JsonValue | undefined): { responseFormat?: ResponseFormat } {
  const format = readObject(value, "response_format");
  if (format === undefined) return {};
  switch (required(readString(format.type, "response_format.type"), "response_format.type")) {
    case "text":
      return { responseFormat: { type: "text" } };
    case "json_object":
      return { responseFormat: { type: "json" } };
    case "json_schema": {
      const path = "response_format.json_schema";
      const named = required(readObject(format.json_schema, path), path);
      const name = readString(named.name, `${path}.name`);
      const description = readString(named.description, `${path}.description`);
      const strict = readBoolean(named.strict, `${path}.strict`);
      return {
        responseFormat: {
          type: "json-schema",
          schema: readObject(named.schema, `${path}.schema`) ?? {},
          ...(name !== undefined && { name }),
          ...(description !== undefined && { description }),
          ...(strict !== undefined && { strict }),
        },
      };
    }
    default:
      return {};
  }
}

/**
 * `reasoning_effort`, and the object `reasoning` that some servers take in its place.
 * `reasoning_effort` wins: it is the format's own.
 */
function decodeReasoning(body: JsonObject): { reasoning?: ReasoningOptions } {
  const control = readObject(body.reasoning, "reasoning");
  const word = readString(body.reasoning_effort, "reasoning_effort") ?? readString(control?.effort, "reasoning.effort");
  const effort = efforts.find((known) => known === word);
  const budget = readInteger(control?.max_tokens, "reasoning.max_tokens");
  const exclude = readBoolean(control?.exclude, "reasoning.exclude");
  const enabled = readBoolean(control?.enabled, "reasoning.enabled");
  const reasoning: ReasoningOptions = {
    ...(effort !== undefined && { effort }),
    ...(effort === undefined && enabled === false && { effort: "none" }),
    ...(budget !== undefined && { budgetTokens: budget }),
    ...(effort === undefined && budget === undefined && enabled === true && { budgetTokens: "dynamic" }),
    ...(exclude !== undefined && { includeText: !exclude }),
  };
  return Object.keys(reasoning).length === 0 ? {} : { reasoning };
}

/** Fields that nobody else knows, and the values of known fields that nobody else has a word for. */
function decodeOwnOptions(body: JsonObject): Pick<TextRequest, "providerOptions"> {
  const options = unknownFields(body, knownFields);
  // Alone it is the new name of `user`.
  if (typeof body.safety_identifier === "string" && typeof body.user === "string") {
    options.safety_identifier = body.safety_identifier;
  }
  const choice = readObject(typeof body.tool_choice === "string" ? null : body.tool_choice, "tool_choice");
  if (choice !== undefined && choice.type !== "function") options.tool_choice = choice;
  const format = readObject(body.response_format, "response_format");
  if (format !== undefined && !["text", "json_object", "json_schema"].includes(String(format.type))) {
    options.response_format = format;
  }
  const effort = body.reasoning_effort;
  if (typeof effort === "string" && !(efforts as readonly string[]).includes(effort)) options.reasoning_effort = effort;
  const { include_usage: _includeUsage, ...streamOptions } = readObject(body.stream_options, "stream_options") ?? {};
  if (Object.keys(streamOptions).length > 0) options.stream_options = streamOptions;
  if (Object.keys(options).length === 0) return {};
  return { providerOptions: { [dialectId]: options as Record<string, JsonValue> } };
}
