import type {
  AssistantMessage,
  AssistantPart,
  JsonObject,
  JsonValue,
  Message,
  ParamNote,
  ReasoningPart,
  SystemMessage,
  TextRequest,
  ToolResultPart,
  UserMessage,
} from "@gw/core/types";
import { dropped } from "../option-notes.ts";
import { openAIResponsesId, ownOptions } from "./dialect-id.ts";
import { encodeContent, unsupported } from "./encode-content.ts";
import type { OpenAIResponsesQuirks } from "./quirks.ts";

/** The conversation as input items, and the text of `instructions` where it came from there. */
export interface EncodedInput {
  readonly instructions: string | null;
  readonly items: JsonObject[];
}

/**
 * The conversation as items, in order.
 *
 * A system message stays where it stands, as a message item: `instructions` would move it to the head, and at least one
 * recorded host of this format is said not to take them. What came as `instructions` goes back there.
 *
 * @throws {GatewayError} `unsupported_capability`
 */
export function encodeInput(request: TextRequest, quirks: OpenAIResponsesQuirks, notes: ParamNote[]): EncodedInput {
  const [first, ...others] = request.messages;
  const [text] = first?.role === "system" ? first.content : [];
  const fromInstructions = text?.type === "text" && ownOptions(text).role === "instructions" ? text.text : null;
  const messages = fromInstructions === null ? request.messages : others;
  const options = { quirks, notes, unstored: request.store !== true };
  return {
    instructions: fromInstructions,
    items: messages.flatMap((message, position) => encodeMessage(message, `messages[${position}]`, options)),
  };
}

interface InputOptions {
  readonly quirks: OpenAIResponsesQuirks;
  readonly notes: ParamNote[];
  /** The vendor keeps nothing of this call. */
  readonly unstored: boolean;
}

function encodeMessage(message: Message, path: string, options: InputOptions): JsonObject[] {
  switch (message.role) {
    case "system":
      return encodeInstruction(message, path, options);
    case "user":
      return encodeUser(message, path, options.notes);
    case "assistant":
      return encodeAssistant(message, path, options);
    case "tool":
      return message.content.map((result) => encodeToolResult(result, path, options.notes));
  }
}

function encodeInstruction(message: SystemMessage, path: string, { quirks, notes }: InputOptions): JsonObject[] {
  const { role, message: around } = ownOptions(message.content[0]);
  return [
    {
      role: role === "developer" ? role : (quirks.systemRole ?? "system"),
      content: encodeContent(message.content, path, notes),
      ...asObject(around),
    },
  ];
}

function encodeUser(message: UserMessage, path: string, notes: ParamNote[]): JsonObject[] {
  const [only] = message.content;
  if (message.content.length === 1 && only?.type === "opaque" && ownOptions(only).message === undefined) {
    if (only.origin !== openAIResponsesId) throw unsupported(`Only ${only.origin} has this content`, path);
    return [only.value as JsonObject];
  }
  if (message.name !== undefined) notes.push(dropped("messages.name", "the format has no names"));
  return [
    { role: "user", content: encodeContent(message.content, path, notes), ...asObject(ownOptions(only).message) },
  ];
}

/**
 * What the model wrote. Reasoning goes back sealed, before the item that it led to.
 *
 * Where the vendor stores nothing, an unsealed reasoning item is only an id that leads nowhere, refused with "Item ... not
 * found" (vercel/ai#7543 of 2025-07-25): it is left out, and with it the ids of its turn, which would ask for it.
 */
function encodeAssistant(message: AssistantMessage, path: string, options: InputOptions): JsonObject[] {
  const { notes } = options;
  if (message.name !== undefined) notes.push(dropped("messages.name", "the format has no names"));
  const items: JsonObject[] = [];
  let openMessage = null as { readonly key: string; readonly content: JsonObject[] } | null;
  let idsAreBroken = false;
  for (const part of message.content) {
    const content = messageContent(part);
    if (content !== null) {
      const around = asObject(ownOptions(part).message);
      const key = JSON.stringify(around);
      if (openMessage === null || openMessage.key !== key) {
        openMessage = { key, content: [] };
        items.push({ ...around, role: "assistant", content: openMessage.content });
      }
      openMessage.content.push(content);
      continue;
    }
    const item = encodeItem(part, path, options);
    if (item === null) {
      idsAreBroken ||= part.type === "reasoning" && part.origin === openAIResponsesId;
      continue;
    }
    openMessage = null;
    items.push(item);
  }
  return items.map((item) => finishItem(item, idsAreBroken));
}

/** A part as content of a message item; `null` for what is an item of its own. */
function messageContent(part: AssistantPart): JsonObject | null {
  const { message, ...fields } = ownOptions(part);
  switch (part.type) {
    case "text":
      return { type: "output_text", text: part.text, ...fields };
    case "refusal":
      return { type: "refusal", refusal: part.text, ...fields };
    case "opaque":
      return part.origin === openAIResponsesId && message !== undefined ? (part.value as JsonObject) : null;
    default:
      return null;
  }
}

function encodeItem(part: AssistantPart, path: string, options: InputOptions): JsonObject | null {
  switch (part.type) {
    case "tool-call":
      return {
        type: "function_call",
        call_id: part.id,
        name: part.name,
        arguments: part.arguments,
        ...ownOptions(part),
      };
    case "reasoning":
      return encodeReasoning(part, options);
    case "opaque":
      if (part.origin === openAIResponsesId) return part.value as JsonObject;
      options.notes.push(dropped("messages.opaque", `only ${part.origin} has it`));
      return null;
    default:
      throw unsupported(`An answer of the model cannot hold ${part.type}`, path);
  }
}

function encodeReasoning(part: ReasoningPart, { quirks, notes, unstored }: InputOptions): JsonObject | null {
  const isOwn = part.origin === openAIResponsesId;
  const { summary, content, ...fields } = isOwn ? ownOptions(part) : {};
  if (quirks.plainReasoning && part.sealed === undefined && part.text !== "")
    return {
      type: "reasoning",
      ...(isOwn && part.id !== undefined && { id: part.id }),
      summary: summary ?? [],
      content: content ?? [{ type: "reasoning_text", text: part.text }],
    };
  if (!isOwn || (part.sealed === undefined && unstored)) {
    notes.push(
      dropped("messages.reasoning", isOwn ? "it is neither sealed nor stored" : `only ${part.origin} reads it`),
    );
    return null;
  }
  return {
    type: "reasoning",
    ...(part.id !== undefined && { id: part.id }),
    summary: summary ?? (part.text === "" ? [] : [{ type: "summary_text", text: part.text }]),
    ...(content !== undefined && { content }),
    ...(part.sealed !== undefined && { encrypted_content: part.sealed }),
    ...fields,
  };
}

/** A lone text becomes a string, unless the message has an id: then it is one of the model's own, which are lists. */
function finishItem(item: JsonObject, idsAreBroken: boolean): JsonObject {
  const { id, ...rest } = item;
  const kept = idsAreBroken && item.type !== "reasoning" ? rest : item;
  if (item.role !== "assistant" || !Array.isArray(item.content)) return kept;
  if (kept.id !== undefined)
    return { type: "message", status: "completed", ...kept, content: item.content.map(annotated) };
  const [only] = item.content as JsonObject[];
  const plain = item.content.length === 1 && only !== undefined && Object.keys(only).length === 2;
  return plain && only.type === "output_text" ? { ...kept, content: only.text } : kept;
}

// The type of an item with an id demands annotations.
function annotated(content: JsonValue): JsonValue {
  const part = content as JsonObject;
  return part.type === "output_text" ? { annotations: [], ...part } : part;
}

function encodeToolResult(result: ToolResultPart, path: string, notes: ParamNote[]): JsonObject {
  if (result.isError) notes.push(dropped("messages.isError", "the format has no mark for a failed tool"));
  const media = result.content.find((part) => part.type === "audio" || part.type === "video");
  if (media !== undefined) throw unsupported(`A tool result cannot hold ${media.type}`, path);
  return {
    type: "function_call_output",
    call_id: result.toolCallId,
    output: encodeContent(result.content, path, notes),
    ...ownOptions(result),
  };
}

function asObject(value: JsonValue | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}
