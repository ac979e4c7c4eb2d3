import type {
  AssistantPart,
  JsonObject,
  JsonValue,
  Message,
  ReasoningPart,
  SystemMessage,
  ToolCallPart,
  ToolResultPart,
  UserPart,
} from "@gw/core";
import { readBoolean, readObject, readString, required, wrongType } from "../read-json.ts";
import { openEnvelope } from "../wire-envelope.ts";
import { decodeArguments } from "./call-arguments.ts";
import { decodeMedia, ownOptions } from "./media-part.ts";
import { decodeToolResultContent } from "./tool-result.ts";
import { readList, type SplitFields, splitFields } from "./wire-fields.ts";

const modelFields = ["text", "thought", "thoughtSignature", "inlineData", "functionCall"] as const;
type ModelFields = SplitFields<(typeof modelFields)[number]>;

/**
 * Reads a conversation.
 *
 * - A streamed answer comes back as one `model` content per chunk (@google/genai 3.1.0 keeps its history so): neighbours are
 *   joined to one message, and text that a chunk border cut is joined again.
 * - Results of functions become a tool message; what else their content holds, a user message after it.
 * - Calls without an id get one from their name and position, and results are matched to them by name and order.
 *
 * @throws {GatewayError} `invalid_request`
 */
export function decodeContents(contents: JsonValue | undefined, path: string): Message[] {
  const reader = new ContentReader();
  readList(contents, path).forEach((content, index) => {
    reader.read(content, `${path}[${index}]`);
  });
  return reader.messages;
}

/**
 * Reads a system instruction: texts, and whatever else as it came. Its role says nothing and is left out.
 *
 * @throws {GatewayError} `invalid_request`
 */
export function decodeInstruction(value: JsonValue | undefined, path: string): SystemMessage["content"] {
  const content = readObject(value, path);
  if (content === undefined) return [];
  return readList(content.parts, `${path}.parts`).map((value, index) => {
    const part = decodeUserPart(value, `${path}.parts[${index}]`);
    return part.type === "text" ? part : { type: "opaque", origin: "gemini", value };
  });
}

class ContentReader {
  readonly messages: Message[] = [];
  /** Calls of the newest assistant message that have no result yet. */
  #open: { readonly id: string; readonly name: string }[] = [];
  readonly #ids = new Set<string>();
  #calls = 0;

  read(value: JsonValue, path: string): void {
    const { known } = splitFields(required(readObject(value, path), path), ["role", "parts"]);
    const role = readString(known.role, `${path}.role`) ?? "user";
    const parts = readList(known.parts, `${path}.parts`);
    if (role === "model") this.#model(parts, `${path}.parts`);
    // An older official SDK writes function results as `function`.
    else if (role === "user" || role === "function") this.#user(parts, `${path}.parts`);
    else throw wrongType(`${path}.role`, "user or model");
  }

  #model(parts: readonly JsonValue[], path: string): void {
    const last = this.messages.at(-1);
    const joined = last?.role === "assistant" ? [...last.content] : null;
    const content = joined ?? [];
    if (joined === null) this.#open = [];
    parts.forEach((value, index) => {
      const part = this.#assistantPart(value, `${path}[${index}]`, content);
      if (joined === null || index > 0 || !joinText(content, part)) content.push(part);
    });
    if (joined !== null) this.messages[this.messages.length - 1] = { role: "assistant", content };
    else if (content.length > 0) this.messages.push({ role: "assistant", content });
  }

  #assistantPart(value: JsonValue, path: string, before: AssistantPart[]): AssistantPart {
    const fields = splitFields(required(readObject(value, path), path), modelFields);
    const { known, rest } = fields;
    const signature = readString(known.thoughtSignature, `${path}.thoughtSignature`);
    if (known.functionCall !== undefined) return this.#call(fields, signature, path);
    const text = readString(known.text, `${path}.text`);
    if (text !== undefined) {
      if (readBoolean(known.thought, `${path}.thought`) === true) return reasoning(text, signature, rest, before);
      return { type: "text", text, ...ownOptions(withSignature(rest, signature)) };
    }
    if (known.inlineData !== undefined) {
      const part = decodeMedia("inlineData", known.inlineData, `${path}.inlineData`, withSignature(rest, signature));
      if (known.thought !== true && (part.type === "image" || part.type === "audio")) return part;
    }
    return { type: "opaque", origin: "gemini", value };
  }

  #call({ known, rest }: ModelFields, signature: string | undefined, path: string): ToolCallPart {
    const call = splitFields(required(readObject(known.functionCall, `${path}.functionCall`), path), [
      "id",
      "name",
      "args",
    ]);
    const name = required(readString(call.known.name, `${path}.functionCall.name`), `${path}.functionCall.name`);
    const envelope = signature === undefined ? null : openEnvelope(signature);
    const sealed = envelope?.kind === "tool-call" ? envelope : null;
    const given = readString(call.known.id, `${path}.functionCall.id`) || sealed?.toolCallId;
    const id = given ?? this.#newId(name);
    this.#calls += 1;
    this.#ids.add(id);
    this.#open.push({ id, name });
    const own = { ...rest, ...(Object.keys(call.rest).length > 0 && { functionCall: call.rest }) };
    return {
      type: "tool-call",
      id,
      name,
      arguments: decodeArguments(readObject(call.known.args, `${path}.functionCall.args`)),
      ...(sealed !== null && { signature: { origin: sealed.origin, value: sealed.signature } }),
      ...(signature !== undefined && envelope === null && { signature: { origin: "gemini", value: signature } }),
      ...ownOptions(own),
    };
  }

  #user(parts: readonly JsonValue[], path: string): void {
    const results: ToolResultPart[] = [];
    const content: UserPart[] = [];
    parts.forEach((value, index) => {
      const at = `${path}[${index}]`;
      const { known, rest } = splitFields(required(readObject(value, at), at), ["functionResponse"]);
      if (known.functionResponse === undefined) content.push(decodeUserPart(value, at));
      else results.push(this.#result(known.functionResponse, rest, `${at}.functionResponse`));
    });
    const last = this.messages.at(-1);
    if (results.length > 0 && last?.role === "tool")
      this.messages[this.messages.length - 1] = { role: "tool", content: [...last.content, ...results] };
    else if (results.length > 0) this.messages.push({ role: "tool", content: results });
    if (content.length > 0) this.messages.push({ role: "user", content });
  }

  #result(value: JsonValue, extra: JsonObject, path: string): ToolResultPart {
    const { known, rest } = splitFields(required(readObject(value, path), path), ["id", "name", "response", "parts"]);
    const name = required(readString(known.name, `${path}.name`), `${path}.name`);
    const id = readString(known.id, `${path}.id`) || undefined;
    const own = { ...extra, ...(Object.keys(rest).length > 0 && { functionResponse: rest }) };
    return {
      type: "tool-result",
      toolCallId: this.#answer(id, name),
      toolName: name,
      ...decodeToolResultContent(known.response, known.parts, path),
      ...ownOptions(own),
    };
  }

  /** The id of the call that a result answers. */
  #answer(id: string | undefined, name: string): string {
    let position = this.#open.findIndex((call) => call.id === id);
    if (position === -1) position = this.#open.findIndex((call) => call.name === name);
    const [call] = position === -1 ? [] : this.#open.splice(position, 1);
    return call?.id ?? id ?? this.#newId(name);
  }

  #newId(name: string): string {
    let number = this.#calls;
    while (this.#ids.has(`${name}-${number}`)) number += 1;
    return `${name}-${number}`;
  }
}

/** Joins plain text to plain text before it, where a chunk border stood between them. */
function joinText(content: AssistantPart[], part: AssistantPart): boolean {
  const last = content.at(-1);
  if (part.type !== "text" || part.providerOptions !== undefined) return false;
  if (part.text === "") return true;
  if (last?.type !== "text" || last.providerOptions !== undefined) return false;
  content[content.length - 1] = { type: "text", text: last.text + part.text };
  return true;
}

/**
 * A thought. A foreign one carries an envelope that says whose it is; when it was streamed, its text came before, in thoughts
 * of their own, and is taken back from them.
 */
function reasoning(
  text: string,
  signature: string | undefined,
  rest: JsonObject,
  before: AssistantPart[],
): ReasoningPart {
  const envelope = signature === undefined ? null : openEnvelope(signature);
  if (envelope?.kind !== "reasoning")
    return {
      type: "reasoning",
      text,
      origin: "gemini",
      ...(signature !== undefined && envelope === null && { signature }),
      ...ownOptions(rest),
    };
  const { origin, signature: inner, sealed, id } = envelope;
  const streamed = text === "" ? takeStreamedThoughts(before) : "";
  return {
    type: "reasoning",
    text: streamed + text,
    origin,
    ...(inner !== undefined && { signature: inner }),
    ...(sealed !== undefined && { sealed }),
    ...(id !== undefined && { id }),
  };
}

function takeStreamedThoughts(content: AssistantPart[]): string {
  let text = "";
  for (let last = content.at(-1); last?.type === "reasoning"; last = content.at(-1)) {
    if (last.origin !== "gemini" || last.signature !== undefined) break;
    text = last.text + text;
    content.pop();
  }
  return text;
}

function withSignature(rest: JsonObject, signature: string | undefined): JsonObject {
  return signature === undefined ? rest : { ...rest, thoughtSignature: signature };
}

/** Reads a part of a user's content that is no function result; a kind not known stays as it came. */
function decodeUserPart(value: JsonValue, path: string): UserPart {
  const { known, rest } = splitFields(required(readObject(value, path), path), ["text", "inlineData", "fileData"]);
  const text = readString(known.text, `${path}.text`);
  if (text !== undefined) return { type: "text", text, ...ownOptions(rest) };
  if (known.inlineData !== undefined) return decodeMedia("inlineData", known.inlineData, `${path}.inlineData`, rest);
  if (known.fileData !== undefined) return decodeMedia("fileData", known.fileData, `${path}.fileData`, rest);
  return { type: "opaque", origin: "gemini", value };
}
