import { type AssistantMessage, GatewayError, type JsonObject, type Message, type TextRequest } from "@gw/core";
import type { NoteList } from "../note-list.ts";
import {
  encodeAssistantPart,
  encodeInstruction,
  encodeToolResult,
  encodeUserPart,
  isBlankText,
  type Writing,
} from "./encode-content.ts";
import type { AnthropicMessagesQuirks } from "./quirks.ts";
import { AnthropicToolIds } from "./tool-ids.ts";

// What stands for the user where the caller's conversation begins with the model.
const opening = "(begin)";

interface Turn {
  readonly role: "user" | "assistant" | "system";
  readonly results: JsonObject[];
  readonly blocks: JsonObject[];
}

/** A message on the wire. */
export interface WireMessage extends JsonObject {
  readonly role: "user" | "assistant" | "system";
  readonly content: JsonObject[];
}

/** The conversation on the wire. */
export interface Conversation {
  readonly system: JsonObject[];
  readonly messages: WireMessage[];
  /**
   * The tool turn that is to be continued does not begin with thinking of this format, so that a model with a thinking
   * budget would refuse to think on. @see https://github.com/Kilo-Org/kilocode/issues/5219 (2026-01-20)
   */
  readonly unthinkingToolTurn: boolean;
}

/**
 * Writes the conversation the way the format wants it: instructions at the head, roles that alternate, the results of calls
 * at the start of the message after them, and no blank text.
 *
 * Instructions later in the conversation become a message of the role `system` where the model takes it, else text of the
 * user at the same place.
 *
 * @throws {GatewayError} `unsupported_capability` for content or a shape that the model cannot take.
 */
export function encodeMessages(
  request: TextRequest,
  quirks: Required<AnthropicMessagesQuirks>,
  notes: NoteList,
): Conversation {
  const writing = { notes, ids: new AnthropicToolIds(request.messages) };
  const { head, rest } = splitInstructions(request.messages);
  const turns: Turn[] = [];
  for (const message of rest) appendMessage(turns, message, quirks, writing);
  const messages = turns
    .map((turn): WireMessage => ({ role: turn.role, content: contentOf(turn) }))
    .filter((message) => message.content.length > 0);
  for (const message of messages) if (message.role === "assistant") speakBeforeCalling(message.content, notes);
  beginWithUser(messages, notes);
  tidyPrefill(messages, quirks, notes);
  return {
    system: head.flatMap((message) => message.content.map(encodeInstruction)).filter((block) => !isBlankText(block)),
    messages,
    unthinkingToolTurn: isUnthinkingToolTurn(messages),
  };
}

/** Instructions at the head go to `system`; where nothing else was said, the last of them is what the model answers to. */
function splitInstructions(messages: readonly Message[]) {
  const head = [];
  for (const message of messages.slice(0, -1)) {
    if (message.role !== "system") break;
    head.push(message);
  }
  return { head, rest: messages.slice(head.length) };
}

function appendMessage(
  turns: Turn[],
  message: Message,
  quirks: Required<AnthropicMessagesQuirks>,
  writing: Writing,
): void {
  if ("name" in message && message.name !== undefined) writing.notes.dropped("messages.name", "messages have no name");
  switch (message.role) {
    case "system": {
      const role = quirks.midConversationSystem && turns.length > 0 ? "system" : "user";
      if (role === "user") writing.notes.mapped("messages", "a later system message went as the user's text");
      turnOf(turns, role).blocks.push(...message.content.map(encodeInstruction));
      break;
    }
    case "user":
      turnOf(turns, "user").blocks.push(...message.content.map((part) => encodeUserPart(part, writing)));
      break;
    case "tool": {
      const turn = turnOf(turns, "user");
      for (const part of message.content) {
        const { result, beside } = encodeToolResult(part, writing);
        turn.results.push(result);
        turn.blocks.push(...beside);
      }
      break;
    }
    case "assistant":
      appendAssistant(turns, message, writing);
      break;
  }
}

/** An assistant's message that has nothing to say is left out, and the turns around it become one. */
function appendAssistant(turns: Turn[], message: AssistantMessage, writing: Writing): void {
  const blocks = message.content
    .map((part) => encodeAssistantPart(part, writing))
    .filter((block) => block !== null)
    .filter((block) => !isBlankText(block));
  if (blocks.length > 0) turnOf(turns, "assistant").blocks.push(...blocks);
}

function turnOf(turns: Turn[], role: Turn["role"]): Turn {
  const last = turns.at(-1);
  if (last?.role === role) return last;
  const turn: Turn = { role, results: [], blocks: [] };
  turns.push(turn);
  return turn;
}

/** Blank text is refused, but a message without any block would not be what the caller wrote either: the first one stays. */
function contentOf(turn: Turn): JsonObject[] {
  const content = [...turn.results, ...turn.blocks.filter((block) => !isBlankText(block))];
  return content.length > 0 ? content : turn.blocks.slice(0, 1);
}

/**
 * Text after a call is refused, as if the call had no result.
 *
 * @param content changed in place
 * @see recorded 2026: `anthropic-rejects-malformed-assistant-tool-order`
 */
function speakBeforeCalling(content: JsonObject[], notes: NoteList): void {
  const firstCall = content.findIndex((block) => block.type === "tool_use");
  if (firstCall === -1) return;
  const late = content.filter((block, index) => index > firstCall && block.type === "text");
  if (late.length === 0) return;
  const others = content.filter((block) => !late.includes(block));
  content.splice(0, content.length, ...others.slice(0, firstCall), ...late, ...others.slice(firstCall));
  notes.mapped("messages", "text after a tool call stands before it");
}

/** The model cannot have spoken first. @see https://github.com/lobehub/lobehub/issues/1601 (2024-03-16) */
function beginWithUser(messages: WireMessage[], notes: NoteList): void {
  if (messages[0]?.role !== "assistant") return;
  messages.unshift({ role: "user", content: [{ type: "text", text: opening }] });
  notes.mapped("messages", "the conversation must begin with the user");
}

/** The beginning of the answer, when the caller wrote one, must not end in white space. */
function tidyPrefill(
  messages: readonly WireMessage[],
  quirks: Required<AnthropicMessagesQuirks>,
  notes: NoteList,
): void {
  const last = messages.at(-1);
  const block = last?.content.at(-1);
  if (last?.role !== "assistant" || block?.type !== "text" || typeof block.text !== "string") return;
  if (!quirks.assistantPrefill) {
    throw new GatewayError("unsupported_capability", "The model does not continue an answer that the caller began", {
      param: "messages",
    });
  }
  const text = block.text.trimEnd();
  if (text === block.text) return;
  notes.mapped("messages", "white space at the end of the begun answer");
  last.content[last.content.length - 1] = { ...block, text };
}

function isUnthinkingToolTurn(messages: readonly WireMessage[]): boolean {
  const turn = messages.findLast((message) => message.role === "assistant");
  if (turn === undefined || !turn.content.some((block) => block.type === "tool_use")) return false;
  const first = turn.content[0]?.type;
  return first !== "thinking" && first !== "redacted_thinking";
}
