import {
  type AssistantPart,
  isJsonObject,
  type JsonObject,
  type Message,
  type OpaquePart,
  type ReasoningPart,
  type TextPart,
  type ToolResultPart,
  type UserPart,
} from "@gw/core";
import { AnthropicToolIds, anthropicToolInput, type NoteList } from "@gw/dialects";
import { cachePointAfter } from "./cache-points.ts";
import type { ConverseQuirks } from "./converse-quirks.ts";
import { dialectId } from "./dialect-id.ts";
import { DocumentNames } from "./document-names.ts";
import { cannotCarry, encodeDocument, encodeMedium } from "./encode-media.ts";

/** A message on the wire. */
export interface WireMessage extends JsonObject {
  readonly role: "user" | "assistant";
  readonly content: JsonObject[];
}

/** The conversation on the wire. */
export interface Conversation {
  readonly system: JsonObject[];
  readonly messages: WireMessage[];
}

/** What the blocks of one request share while they are written. */
interface Writing {
  readonly quirks: ConverseQuirks;
  readonly notes: NoteList;
  readonly ids: AnthropicToolIds;
  readonly names: DocumentNames;
}

/**
 * Writes the conversation the way the format wants it: instructions apart, roles that alternate, the results of calls first in
 * the message after them, no blank text, and cache points as elements of their own.
 *
 * @throws {GatewayError} `unsupported_capability` for content that no block can hold.
 */
export function encodeMessages(messages: readonly Message[], quirks: ConverseQuirks, notes: NoteList): Conversation {
  const writing = { quirks, notes, ids: new AnthropicToolIds(messages), names: new DocumentNames() };
  const system: JsonObject[] = [];
  const turns: { readonly role: WireMessage["role"]; readonly results: JsonObject[]; readonly blocks: JsonObject[] }[] =
    [];
  for (const message of messages) {
    if (message.role === "system") {
      if (turns.length > 0) notes.mapped("messages", "instructions stand before the conversation");
      for (const part of message.content) {
        const block = part.type === "text" ? { text: part.text } : encodeOpaque(part);
        if (!isBlankText(block)) system.push(block, ...cachePointAfter(part, "system", quirks, notes));
      }
      continue;
    }
    const role = message.role === "assistant" ? "assistant" : "user";
    let turn = turns.at(-1);
    const written =
      message.role === "tool"
        ? { results: message.content.flatMap((part) => encodeToolResult(part, writing)), blocks: [] }
        : { results: [], blocks: encodeParts(message.content, role, writing) };
    if (written.results.length + written.blocks.length === 0) continue;
    if (turn?.role !== role) {
      turn = { role, results: [], blocks: [] };
      turns.push(turn);
    }
    turn.results.push(...written.results);
    turn.blocks.push(...written.blocks);
  }
  return { system, messages: turns.map(({ role, results, blocks }) => ({ role, content: [...results, ...blocks] })) };
}

function encodeParts(
  parts: readonly (UserPart | AssistantPart)[],
  role: WireMessage["role"],
  writing: Writing,
): JsonObject[] {
  return parts.flatMap((part) => {
    const block =
      role === "user" ? encodeUserPart(part as UserPart, writing) : encodeAssistantPart(part as AssistantPart, writing);
    if (block === null || isBlankText(block)) return [];
    // No point may follow thinking.
    if (part.type === "reasoning") return [block];
    return [block, ...cachePointAfter(part, "messages", writing.quirks, writing.notes)];
  });
}

function encodeUserPart(part: UserPart, { names, notes }: Writing): JsonObject {
  switch (part.type) {
    case "text":
      return { text: part.text };
    case "document": {
      const given = part.title ?? part.filename;
      const name = names.next(given);
      if (given !== undefined && name !== given)
        notes.mapped("messages.filename", "in the characters that a name may have");
      return encodeDocument(part, name);
    }
    case "opaque":
      return encodeOpaque(part);
    default:
      return encodeMedium(part);
  }
}

/** A block of the model's earlier words, or `null` for what only its origin may read again. */
function encodeAssistantPart(part: AssistantPart, { ids, notes }: Writing): JsonObject | null {
  switch (part.type) {
    case "text":
      return encodeAnswerText(part);
    case "refusal":
      return { text: part.text };
    case "reasoning":
      return encodeReasoning(part, notes);
    case "tool-call": {
      const input = anthropicToolInput(part.arguments, () =>
        notes.mapped("messages.arguments", "no JSON object; sent as _raw"),
      );
      return { toolUse: { toolUseId: ids.forCall(part.id), name: part.name, input } };
    }
    case "opaque":
      if (part.origin === dialectId) return encodeOpaque(part);
      notes.dropped("messages.content", `only ${part.origin} has it`);
      return null;
    default:
      throw cannotCarry(`${part.type} of the assistant`);
  }
}

/** Reasoning goes back with its proof or not at all: some models refuse to see their own again. */
function encodeReasoning(part: ReasoningPart, notes: NoteList): JsonObject | null {
  if (part.origin !== dialectId) {
    notes.dropped("messages.reasoning", `only ${part.origin} can read it`);
    return null;
  }
  if (part.sealed !== undefined) return { reasoningContent: { redactedContent: part.sealed } };
  if (part.signature !== undefined) {
    return { reasoningContent: { reasoningText: { text: part.text, signature: part.signature } } };
  }
  notes.dropped("messages.reasoning", "it has no signature");
  return null;
}

/** The result of a call. A cache point may not stand inside it. @see langchain-ai/langchain-aws#503 of 2025-06-04 */
function encodeToolResult(part: ToolResultPart, writing: Writing): JsonObject[] {
  const { quirks, notes, ids } = writing;
  const content = part.content.map((item) => {
    if (item.type === "audio") throw cannotCarry("audio in the result of a call");
    return encodeUserPart(item, writing);
  });
  const marked = [...part.content, part].findLast((item) => item.cacheControl !== undefined);
  if (part.isError === true && !quirks.toolResultStatus) notes.dropped("messages.isError", "the model takes no status");
  return [
    {
      toolResult: {
        toolUseId: ids.forResult(part.toolCallId),
        content: content.filter((block) => !isBlankText(block)),
        ...(part.isError === true && quirks.toolResultStatus && { status: "error" }),
      },
    },
    ...(marked === undefined ? [] : cachePointAfter(marked, "messages", quirks, notes)),
  ];
}

function encodeOpaque(part: OpaquePart): JsonObject {
  if (part.origin !== dialectId || !isJsonObject(part.value)) throw cannotCarry(`block of ${part.origin}`);
  return part.value;
}

function encodeAnswerText(part: TextPart): JsonObject {
  const citations = part.providerOptions?.[dialectId]?.citations;
  return citations === undefined
    ? { text: part.text }
    : { citationsContent: { content: [{ text: part.text }], citations } };
}

/** "The text field in the ContentBlock object is blank" (seen in issues). */
function isBlankText(block: JsonObject): boolean {
  return typeof block.text === "string" && block.text.trim() === "";
}
