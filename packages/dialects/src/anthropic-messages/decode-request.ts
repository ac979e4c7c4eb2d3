import { GatewayError, isJsonObject, type JsonObject, type JsonValue, type Message, type TextRequest } from "@gw/core";
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
import { asProviderOptions, otherFields } from "./block-fields.ts";
import { decodeHistoryBlocks, decodeSystemBlocks, decodeUserBlocks, readBlocks } from "./decode-blocks.ts";
import {
  decodeReasoning,
  decodeResponseFormat,
  decodeToolChoice,
  decodeTools,
  isJsonSchema,
} from "./decode-options.ts";
import { threadField } from "./errors.ts";

const ownFields = [
  "model",
  "messages",
  "system",
  "stream",
  "max_tokens",
  "temperature",
  "top_p",
  "top_k",
  "stop_sequences",
  "tools",
  "tool_choice",
  "thinking",
  "output_config",
  "metadata",
  "service_tier",
  "cache_control",
];

/**
 * A caller's body. `max_tokens` may be absent, as it is in a body for counting tokens. Fields that are not known are kept for
 * a target of the same dialect.
 *
 * @throws {GatewayError} `invalid_request` with the path of the field in `param`; `unsupported_capability` for a `thread`
 */
export function decodeRequest(value: JsonValue): DecodedRequest {
  if (!isJsonObject(value)) throw wrongType("body", "an object");
  if ((value.thread ?? null) !== null) {
    // Later turns would hold the new messages only, and the rest of the conversation is at the vendor.
    throw new GatewayError("unsupported_capability", "No other vendor can go on with this conversation from its id", {
      param: threadField,
    });
  }
  const tools = decodeTools(value.tools);
  const choice = decodeToolChoice(value.tool_choice);
  const reasoning = decodeReasoning(value.thinking, value.output_config);
  const format = decodeResponseFormat(value.output_config, value.output_format);
  const metadata = readObject(value.metadata, "metadata") ?? {};
  const cacheControl = readObject(value.cache_control, "cache_control");
  const request: TextRequest = {
    model: required(readString(value.model, "model"), "model"),
    messages: decodeMessages(value),
    ...present("tools", tools),
    ...choice.options,
    ...present("maxOutputTokens", readInteger(value.max_tokens, "max_tokens")),
    ...present("temperature", readNumber(value.temperature, "temperature")),
    ...present("topP", readNumber(value.top_p, "top_p")),
    ...present("topK", readInteger(value.top_k, "top_k")),
    ...present("stopSequences", readStrings(value.stop_sequences, "stop_sequences")),
    ...present("responseFormat", format),
    ...present("reasoning", reasoning.options),
    ...present("user", readString(metadata.user_id, "metadata.user_id")),
    ...present("serviceTier", decodeServiceTier(value.service_tier)),
    ...(cacheControl !== undefined && {
      cacheControl: { ...present("ttl", readEnum(cacheControl.ttl, "cache_control.ttl", ["5m", "1h"])) },
    }),
    ...asProviderOptions({
      ...otherFields(value, isJsonSchema(value.output_format) ? [...ownFields, "output_format"] : ownFields),
      ...nonEmpty("thinking", reasoning.otherThinking),
      ...nonEmpty("output_config", reasoning.otherOutputConfig),
      ...nonEmpty("tool_choice", choice.other),
      ...nonEmpty("metadata", otherFields(metadata, ["user_id"])),
    }),
  };
  return { request, stream: readBoolean(value.stream, "stream") ?? false, notes: [] };
}

function decodeMessages(body: JsonObject): Message[] {
  const messages: Message[] = [];
  if (body.system !== undefined && body.system !== null) {
    const content = decodeSystemBlocks(readBlocks(body.system, "system"), "system");
    if (content.length > 0) messages.push({ role: "system", content });
  }
  const toolNames = new Map<string, string>();
  for (const [index, value] of required(readArray(body.messages, "messages"), "messages").entries()) {
    const path = `messages.${index}`;
    const message = required(readObject(value, path), path);
    const blocks = readBlocks(message.content, `${path}.content`);
    switch (required(readEnum(message.role, `${path}.role`, ["user", "assistant", "system"]), `${path}.role`)) {
      case "system":
        messages.push({ role: "system", content: decodeSystemBlocks(blocks, `${path}.content`) });
        break;
      case "assistant": {
        const content = decodeHistoryBlocks(blocks, `${path}.content`);
        for (const part of content) if (part.type === "tool-call") toolNames.set(part.id, part.name);
        messages.push({ role: "assistant", content });
        break;
      }
      case "user": {
        const { results, parts } = decodeUserBlocks(blocks, `${path}.content`, toolNames);
        if (results.length > 0) messages.push({ role: "tool", content: results });
        if (parts.length > 0 || results.length === 0) messages.push({ role: "user", content: parts });
        break;
      }
    }
  }
  return messages;
}

/** `standard_only` is this format's word for the tier that others call `default`. */
function decodeServiceTier(value: JsonValue | undefined): string | undefined {
  const tier = readString(value, "service_tier");
  return tier === "standard_only" ? "default" : tier;
}

function readStrings(value: JsonValue | undefined, path: string): string[] | undefined {
  return readArray(value, path)?.map((item, index) =>
    required(readString(item, `${path}.${index}`), `${path}.${index}`),
  );
}

function present<Key extends string, Value>(key: Key, value: Value): { [K in Key]?: Exclude<Value, undefined> } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]: Exclude<Value, undefined> });
}

function nonEmpty(key: string, fields: JsonObject): Record<string, JsonValue> {
  return Object.keys(fields).length === 0 ? {} : { [key]: fields };
}
