import type {
  AssistantMessage,
  JsonObject,
  JsonValue,
  Message,
  ReasoningPart,
  ToolCallPart,
  ToolMessage,
  UserPart,
} from "@gw/core/types";
import { dropped, mapped } from "../option-notes.ts";
import { opaqueField } from "./decode-messages.ts";
import { dialectId } from "./dialect-id.ts";
import {
  type EncodeScope,
  encodeAssistantText,
  encodeContent,
  isPlainText,
  messageFields,
  noteOnce,
} from "./encode-content.ts";
import { ownOptions } from "./part-options.ts";
import { encodeReasoningDetails } from "./reasoning-details.ts";
import { nineLetterIds } from "./tool-call-ids.ts";

interface MessageScope extends EncodeScope {
  /** The id to send for a tool call. */
  callId(id: string): string;
}

/**
 * The conversation as wire messages.
 *
 * @throws {GatewayError} `unsupported_capability` for content of the user that the format cannot carry.
 */
export function encodeMessages(messages: readonly Message[], scope: EncodeScope): JsonObject[] {
  const inner: MessageScope = { ...scope, callId: callIdRewriter(messages, scope) };
  return messages.flatMap((message) => encodeMessage(message, inner));
}

function callIdRewriter(messages: readonly Message[], scope: EncodeScope): (id: string) => string {
  if (scope.quirks.toolCallIds !== "alphanumeric-9") return (id) => id;
  const ids = nineLetterIds(
    messages.flatMap((message) =>
      message.content.flatMap((part) => {
        if (part.type === "tool-call") return [part.id];
        return part.type === "tool-result" ? [part.toolCallId] : [];
      }),
    ),
  );
  return (id) => ids.get(id) ?? id;
}

function encodeMessage(message: Message, scope: MessageScope): JsonObject[] {
  switch (message.role) {
    case "system": {
      const role = scope.quirks.systemRole ?? "system";
      return [{ role, content: encodeContent(message.content, scope), ...messageFields(message.content) }];
    }
    case "user":
      return [
        {
          role: "user",
          ...(message.name !== undefined && { name: message.name }),
          content: encodeContent(message.content, scope),
          ...messageFields(message.content),
        },
      ];
    case "assistant":
      return [encodeAssistant(message, scope)];
    case "tool":
      return encodeToolMessages(message, scope);
  }
}

/**
 * One message per result. Tool messages only take text, so images and files follow in a message of the user.
 */
function encodeToolMessages(message: ToolMessage, scope: MessageScope): JsonObject[] {
  const encoded: JsonObject[] = [];
  const attachments: UserPart[] = [];
  for (const result of message.content) {
    const id = scope.callId(result.toolCallId);
    const media = result.content.filter((part) => part.type !== "text" && part.type !== "opaque");
    let said: readonly UserPart[] = result.content;
    if (media.length > 0) {
      noteOnce(scope.notes, mapped("messages.toolResult", "images and files follow in a user message"));
      attachments.push({ type: "text", text: `Attachments of tool call ${id}:` }, ...media);
      said = result.content.filter((part) => part.type === "text" || part.type === "opaque");
      if (said.length === 0) said = [{ type: "text", text: "See the attachments in the next message." }];
    }
    if (result.isError === true) noteOnce(scope.notes, dropped("messages.toolResult", "errors are not marked as such"));
    encoded.push({
      role: "tool",
      tool_call_id: id,
      content: encodeContent(said, scope),
      ...messageFields(result.content),
    });
  }
  if (attachments.length > 0) encoded.push({ role: "user", content: encodeContent(attachments, scope) });
  return encoded;
}

function encodeAssistant(message: AssistantMessage, scope: MessageScope): JsonObject {
  const blocks: JsonObject[] = [];
  const calls: JsonObject[] = [];
  const reasoning: ReasoningPart[] = [];
  let refusal = "";
  let fields: JsonObject = {};
  for (const part of message.content) {
    switch (part.type) {
      case "text":
        blocks.push(encodeAssistantText(part, scope));
        break;
      case "refusal":
        refusal += part.text;
        break;
      case "tool-call":
        calls.push(encodeCall(part, scope));
        break;
      case "reasoning":
        reasoning.push(part);
        break;
      case "opaque": {
        const block = opaqueField(part, "content");
        const call = opaqueField(part, "tool_call");
        const own = opaqueField(part, "message");
        if (block !== null) blocks.push(block);
        if (call !== null) calls.push(call);
        if (own !== null) fields = { ...fields, ...own };
        if (part.origin !== dialectId) {
          noteOnce(scope.notes, dropped("messages.opaque", `only ${part.origin} can read it`));
        }
        break;
      }
      default:
        noteOnce(scope.notes, dropped(`messages.${part.type}`, "an answer's media cannot be sent back"));
    }
  }
  return {
    role: "assistant",
    ...(message.name !== undefined && { name: message.name }),
    content: assistantContent(blocks, calls.length > 0 || refusal !== ""),
    ...(refusal !== "" && { refusal }),
    ...encodeReasoning(reasoning, scope),
    ...(calls.length > 0 && { tool_calls: calls }),
    ...fields,
  };
}

/** `null` beside calls and refusals, as the format's own answers have it. */
function assistantContent(blocks: readonly JsonObject[], mayBeAbsent: boolean): JsonValue {
  const [only] = blocks;
  if (only === undefined) return mayBeAbsent ? null : "";
  return blocks.length === 1 && isPlainText(only) ? only.text : [...blocks];
}

function encodeCall(part: ToolCallPart, scope: MessageScope): JsonObject {
  if (part.signature !== undefined) {
    noteOnce(scope.notes, dropped("messages.reasoning", `only ${part.signature.origin} can read a call's signature`));
  }
  return {
    id: scope.callId(part.id),
    type: "function",
    function: { name: part.name, arguments: part.arguments },
    ...ownOptions(part),
  };
}

function encodeReasoning(parts: readonly ReasoningPart[], scope: EncodeScope): JsonObject {
  if (parts.length === 0) return {};
  const field = scope.quirks.reasoningInput ?? "none";
  if (field === "reasoning_content" || field === "reasoning") {
    const text = parts.map((part) => part.text).join("");
    if (text === "") noteOnce(scope.notes, dropped("messages.reasoning", "only readable reasoning can go back"));
    return text === "" ? {} : { [field]: text };
  }
  const sent = field === "none" ? [] : parts.filter((part) => part.origin === dialectId);
  if (sent.length < parts.length) {
    const detail = field === "none" ? "earlier reasoning cannot go back" : "another model's reasoning cannot go back";
    noteOnce(scope.notes, dropped("messages.reasoning", detail));
  }
  return sent.length === 0 ? {} : { reasoning_details: sent.flatMap(encodeReasoningDetails) };
}
