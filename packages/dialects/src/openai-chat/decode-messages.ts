import {
  type AssistantPart,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type Message,
  type OpaquePart,
  type TextPart,
  type ToolCallPart,
  type ToolMessage,
  type ToolResultPart,
  type UserPart,
} from "@gw/core";
import { readArray, readObject, readString, required, wrongType } from "../read-json.ts";
import { decodeContent, decodeTextBlock } from "./decode-content.ts";
import { dialectId } from "./dialect-id.ts";
import { keepOptions, ownOptions, unknownFields } from "./part-options.ts";
import { messageReasoning } from "./reasoning-details.ts";
import { decodeCallSignature } from "./tool-call-signature.ts";

const systemFields = new Set(["role", "content"]);
const messageFields = new Set(["role", "content", "name"]);
const toolFields = new Set([...messageFields, "tool_call_id"]);
const assistantFields = new Set([
  ...messageFields,
  ...["refusal", "annotations", "tool_calls", "function_call"],
  ...["reasoning_content", "reasoning", "reasoning_details"],
]);
const callFields = new Set(["id", "type", "index", "function", "extra_content"]);

/** What the messages so far say about the calls that later ones answer. */
interface History {
  readonly toolNames: Map<string, string>;
  /** Ids given to calls of the old `function_call` form, by function name. */
  readonly functionCallIds: Map<string, string>;
  /** Calls without a result so far, in their order. */
  readonly unanswered: Set<string>;
}

/** The conversation. Tool messages in a row become one, as the results of one turn. */
export function decodeMessages(messages: readonly JsonValue[]): Message[] {
  const decoded: Message[] = [];
  const history: History = { toolNames: new Map(), functionCallIds: new Map(), unanswered: new Set() };
  messages.forEach((value, index) => {
    const path = `messages[${index}]`;
    const message = decodeMessage(required(readObject(value, path), path), path, history);
    const last = decoded.at(-1);
    if (message.role === "tool" && last?.role === "tool") {
      decoded[decoded.length - 1] = { role: "tool", content: [...last.content, ...message.content] };
    } else {
      decoded.push(message);
    }
  });
  return decoded;
}

function decodeMessage(message: JsonObject, path: string, history: History): Message {
  const role = required(readString(message.role, `${path}.role`), `${path}.role`);
  const name = readString(message.name, `${path}.name`);
  switch (role) {
    case "system":
    case "developer": {
      const content = decodeContent(message.content, `${path}.content`).map((part, index) => {
        if (part.type === "text" || part.type === "opaque") return part;
        throw wrongType(`${path}.content[${index}].type`, "text");
      });
      const fields = unknownFields(message, systemFields);
      return { role: "system", content: withMessageFields<TextPart | OpaquePart>(content, fields) };
    }
    case "user": {
      const content = decodeContent(required(message.content ?? undefined, `${path}.content`), `${path}.content`);
      return {
        role: "user",
        content: withMessageFields<UserPart>(content, unknownFields(message, messageFields)),
        ...(name !== undefined && { name }),
      };
    }
    case "assistant":
      return {
        role: "assistant",
        content: decodeAssistant(message, path, history),
        ...(name !== undefined && { name }),
      };
    case "tool":
    case "function":
      return decodeToolMessage(message, path, role, history);
    default:
      throw wrongType(`${path}.role`, "one of developer, system, user, assistant, tool");
  }
}

/** Fields of the message itself ride on its first part, under `message`. */
function withMessageFields<Part extends UserPart>(parts: Part[], fields: JsonObject): (Part | TextPart)[] {
  if (Object.keys(fields).length === 0) return parts;
  const [first = { type: "text", text: "" } as const, ...rest] = parts;
  return [{ ...first, ...keepOptions({ ...ownOptions(first), message: fields }) }, ...rest];
}

function decodeToolMessage(message: JsonObject, path: string, role: string, history: History): ToolMessage {
  const name = readString(message.name, `${path}.name`);
  const id = required(answeredCall(message, path, role, history), `${path}.tool_call_id`);
  history.unanswered.delete(id);
  const toolName = name ?? history.toolNames.get(id);
  const content = decodeContent(message.content, `${path}.content`);
  const result: ToolResultPart = {
    type: "tool-result",
    toolCallId: id,
    ...(toolName !== undefined && { toolName }),
    content: withMessageFields<UserPart>(content, unknownFields(message, toolFields)),
  };
  return { role: "tool", content: [result] };
}

/** The call that a message answers. Some clients leave the id out: then it is the next one that waits. */
function answeredCall(message: JsonObject, path: string, role: string, history: History): string | undefined {
  if (role === "function") {
    const name = required(readString(message.name, `${path}.name`), `${path}.name`);
    return history.functionCallIds.get(name);
  }
  return readString(message.tool_call_id, `${path}.tool_call_id`) || history.unanswered.values().next().value;
}

function decodeAssistant(message: JsonObject, path: string, history: History): AssistantPart[] {
  readString(message.reasoning_content, `${path}.reasoning_content`);
  readArray(message.reasoning_details, `${path}.reasoning_details`);
  const parts: AssistantPart[] = messageReasoning(message);
  parts.push(...decodeAssistantContent(message.content, `${path}.content`));
  const refusal = readString(message.refusal, `${path}.refusal`);
  if (refusal) parts.push({ type: "refusal", text: refusal });
  const calls = readArray(message.tool_calls, `${path}.tool_calls`) ?? [];
  calls.forEach((call, index) => {
    const at = `${path}.tool_calls[${index}]`;
    parts.push(decodeCall(required(readObject(call, at), at), at, history));
  });
  const functionCall = readObject(message.function_call, `${path}.function_call`);
  if (functionCall !== undefined) parts.push(decodeFunctionCall(functionCall, `${path}.function_call`, history));
  const fields = unknownFields(message, assistantFields);
  if (Object.keys(fields).length > 0) parts.push({ type: "opaque", origin: dialectId, value: { message: fields } });
  return parts;
}

function decodeAssistantContent(content: JsonValue | undefined, path: string): AssistantPart[] {
  // An empty string says nothing: it stands for the missing text beside tool calls.
  if (content === undefined || content === null || content === "") return [];
  if (typeof content === "string") return [{ type: "text", text: content }];
  const blocks = readArray(content, path) ?? [];
  return blocks.map((value, index) => {
    const at = `${path}[${index}]`;
    const block = required(readObject(value, at), at);
    if (block.type === "text") return decodeTextBlock(block, at);
    if (block.type === "refusal") {
      return { type: "refusal", text: required(readString(block.refusal, `${at}.refusal`), `${at}.refusal`) };
    }
    return { type: "opaque", origin: dialectId, value: { content: block } };
  });
}

function decodeCall(call: JsonObject, path: string, history: History): AssistantPart {
  const given = readString(call.id, `${path}.id`);
  if (call.type !== undefined && call.type !== "function") {
    return { type: "opaque", origin: dialectId, value: { tool_call: call } };
  }
  const called = required(readObject(call.function, `${path}.function`), `${path}.function`);
  const name = required(readString(called.name, `${path}.function.name`), `${path}.function.name`);
  // Some servers give none, and their clients none back (ggml-org/llama.cpp#11992 of 2025-02-21).
  const id = given || idOf(name, history);
  const part: ToolCallPart = {
    type: "tool-call",
    id,
    name,
    arguments: readString(called.arguments, `${path}.function.arguments`) || "{}",
    ...decodeCallSignature(call.extra_content),
    ...keepOptions(unknownFields(call, callFields)),
  };
  history.toolNames.set(id, part.name);
  history.unanswered.add(id);
  return part;
}

/** An id for a call without one: its function's name and how many calls came before. */
function idOf(name: string, history: History): string {
  return `call_${name.replace(/[^a-zA-Z0-9_-]/g, "")}_${history.toolNames.size}`;
}

/** The old form has no ids. */
function decodeFunctionCall(call: JsonObject, path: string, history: History): ToolCallPart {
  const name = required(readString(call.name, `${path}.name`), `${path}.name`);
  const id = idOf(name, history);
  history.functionCallIds.set(name, id);
  history.toolNames.set(id, name);
  return { type: "tool-call", id, name, arguments: readString(call.arguments, `${path}.arguments`) || "{}" };
}

/** Reads one of the three places an opaque part of an assistant can have come from. */
export function opaqueField(part: OpaquePart, field: "message" | "content" | "tool_call"): JsonObject | null {
  if (part.origin !== dialectId || !isJsonObject(part.value)) return null;
  const value = part.value[field];
  return isJsonObject(value) ? value : null;
}
