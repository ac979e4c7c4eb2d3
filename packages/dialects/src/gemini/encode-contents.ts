import {
  type AssistantMessage,
  type AssistantPart,
  GatewayError,
  isJsonObject,
  type JsonObject,
  type Message,
  type Part,
  type ToolCallPart,
  type ToolResultPart,
  type UserPart,
} from "@gw/core";
import type { NoteList } from "../note-list.ts";
import { encodeArguments } from "./call-arguments.ts";
import { encodeMedia, withOwnOptions } from "./media-part.ts";
import type { GeminiQuirks } from "./quirks.ts";
import { encodeToolResultContent } from "./tool-result.ts";

// What the vendor takes in the place of a signature for a call that it did not make itself.
// @see https://ai.google.dev/gemini-api/docs/thought-signatures (2026-11-20); jeremychone/rust-genai#115 of 2026-01-12
export const bypassSignature = "skip_thought_signature_validator";

// What stands for the user where the caller's conversation begins with the model.
const opening = "(begin)";

/** A conversation as the format has it. */
export interface WireContents {
  readonly contents: JsonObject[];
  /** Parts of the system instruction; system messages from anywhere in the conversation stand here, in order. */
  readonly instruction: JsonObject[];
}

/**
 * Writes a conversation. Answers that follow each other become one `model` content; all results of a step stand in one
 * `user` content, in the order of its calls, and the user's next words after them. The first content is the user's: where there
 * is nothing but instructions the last of them is what the model answers to.
 *
 * @throws {GatewayError} `unsupported_capability` for content of a user that the format cannot carry; `invalid_request` for a
 * result that answers no call and names no tool
 */
export function encodeContents(messages: readonly Message[], quirks: GeminiQuirks, notes: NoteList): WireContents {
  const writer = new ContentWriter(quirks, notes);
  const last = messages.at(-1);
  if (last?.role === "system" && messages.every(({ role }) => role === "system")) {
    for (const message of messages.slice(0, -1)) writer.write(message);
    writer.write({ ...last, role: "user" });
    notes.mapped("messages.system", "nothing else was said: the last instructions went as the user's");
  } else for (const message of messages) writer.write(message);
  return writer.finish();
}

interface WireContent extends JsonObject {
  role: "user" | "model";
  parts: JsonObject[];
}

class ContentWriter {
  readonly #quirks: GeminiQuirks;
  readonly #notes: NoteList;
  readonly #contents: WireContent[] = [];
  readonly #instruction: JsonObject[] = [];
  /** Names of all calls so far, by id; an id that comes again means the newer call. */
  readonly #names = new Map<string, string>();
  /** Ids of the calls of the newest step, in order. */
  #step: string[] = [];
  #results: ToolResultPart[] = [];

  constructor(quirks: GeminiQuirks, notes: NoteList) {
    this.#quirks = quirks;
    this.#notes = notes;
  }

  write(message: Message): void {
    if ("name" in message && message.name !== undefined) this.#notes.dropped("messages.name", "messages have no names");
    if (message.role === "tool") {
      this.#results.push(...message.content);
      return;
    }
    const afterResults = this.#flushResults();
    switch (message.role) {
      case "system":
        this.#system(message.content);
        break;
      case "user":
        this.#append(
          "user",
          message.content.map((part) => this.#userPart(part)),
          afterResults,
        );
        break;
      case "assistant":
        this.#assistant(message);
        break;
    }
  }

  finish(): WireContents {
    this.#flushResults();
    if (this.#contents[0]?.role === "model") {
      this.#contents.unshift({ role: "user", parts: [{ text: opening }] });
      this.#notes.mapped("messages", "the conversation must begin with the user");
    }
    return { contents: this.#contents, instruction: this.#instruction };
  }

  #append(role: WireContent["role"], parts: JsonObject[], join: boolean): void {
    if (parts.length === 0) return;
    const last = this.#contents.at(-1);
    if (join && last?.role === role) last.parts.push(...parts);
    else this.#contents.push({ role, parts });
  }

  #system(content: readonly (UserPart & { type: "text" | "opaque" })[]): void {
    if (this.#contents.length > 0)
      this.#notes.mapped("messages.system", "instructions stand at the head of the conversation");
    for (const part of content) {
      if (part.type === "text") this.#instruction.push(this.#text(part));
      else if (part.origin === "gemini" && isJsonObject(part.value)) this.#instruction.push(part.value);
      else this.#notes.dropped("messages.system", `only ${part.origin} can read this block`);
    }
  }

  #text(part: Part & { type: "text" }): JsonObject {
    this.#noteCacheControl(part);
    return withOwnOptions({ text: part.text }, part.providerOptions);
  }

  #userPart(part: UserPart): JsonObject {
    if (part.type === "text") return this.#text(part);
    if (part.type === "opaque") {
      if (part.origin === "gemini" && isJsonObject(part.value)) return part.value;
      throw new GatewayError("unsupported_capability", `Only ${part.origin} can read a block of this message`, {
        param: "messages",
      });
    }
    return this.#media(part);
  }

  #media(part: Exclude<UserPart, { type: "text" | "opaque" }>): JsonObject {
    this.#noteCacheControl(part);
    if (part.type === "image" && part.detail !== undefined && part.detail !== "auto")
      this.#notes.dropped("messages.detail", "images have no level of detail");
    if (part.type === "document" && (part.title !== undefined || part.context !== undefined))
      this.#notes.dropped("messages.document", "documents have no title and context");
    const wire = encodeMedia(part);
    if (isJsonObject(wire.fileData) && wire.fileData.mimeType === undefined)
      this.#notes.mapped("messages.mediaType", "the URL does not show its type");
    return wire;
  }

  #assistant(message: AssistantMessage): void {
    const parts: JsonObject[] = [];
    const last = this.#contents.at(-1);
    if (last?.role !== "model") this.#step = [];
    for (const part of message.content) {
      const wire = this.#assistantPart(part);
      if (wire !== null) parts.push(wire);
    }
    this.#append("model", parts, true);
  }

  #assistantPart(part: AssistantPart): JsonObject | null {
    switch (part.type) {
      case "text":
        return this.#text(part);
      case "refusal":
        return { text: part.text };
      case "tool-call":
        return this.#call(part);
      case "reasoning": {
        if (part.origin !== "gemini") {
          this.#notes.dropped("messages.reasoning", `only ${part.origin} can read it`);
          return null;
        }
        const signature = part.signature !== undefined && { thoughtSignature: part.signature };
        return withOwnOptions({ text: part.text, thought: true, ...signature }, part.providerOptions);
      }
      case "opaque":
        if (part.origin === "gemini" && isJsonObject(part.value)) return part.value;
        this.#notes.dropped("messages.opaque", `only ${part.origin} can read this block`);
        return null;
      default:
        return this.#media(part);
    }
  }

  #call(part: ToolCallPart): JsonObject {
    this.#noteCacheControl(part);
    const { args, exact } = encodeArguments(part.arguments);
    if (!exact) this.#notes.mapped("messages.arguments", "text that is no JSON object is wrapped in one");
    const first = this.#step.length === 0;
    this.#step.push(part.id);
    this.#names.set(part.id, part.name);
    let signature = part.signature?.origin === "gemini" ? part.signature.value : undefined;
    if (part.signature !== undefined && signature === undefined)
      this.#notes.dropped("messages.reasoning", `only ${part.signature.origin} can read it`);
    if (signature === undefined && first && this.#quirks.requireSignatures) signature = bypassSignature;
    const id = this.#quirks.functionCallIds === true && { id: part.id };
    return withOwnOptions(
      {
        functionCall: { ...id, name: part.name, args },
        ...(signature !== undefined && { thoughtSignature: signature }),
      },
      part.providerOptions,
    );
  }

  /** Writes the results gathered so far; true when there were any. */
  #flushResults(): boolean {
    const results = this.#results;
    if (results.length === 0) return false;
    this.#results = [];
    const position = (id: string) => (this.#step.indexOf(id) + 1 || this.#step.length + 1) - 1;
    const ordered = results.toSorted((a, b) => position(a.toolCallId) - position(b.toolCallId));
    const parts: JsonObject[] = [];
    const beside: JsonObject[] = [];
    for (const result of ordered) parts.push(this.#result(result, beside));
    this.#append("user", [...parts, ...beside], false);
    return true;
  }

  #result(part: ToolResultPart, beside: JsonObject[]): JsonObject {
    this.#noteCacheControl(part);
    const name = this.#names.get(part.toolCallId) ?? part.toolName;
    if (name === undefined)
      throw new GatewayError("invalid_request", "A tool result answers a call that is not in the conversation", {
        param: "messages",
      });
    const { response, media, dropped: lost } = encodeToolResultContent(part);
    if (lost) this.#notes.dropped("messages.opaque", "a block of a tool result that only another format has");
    const nested = this.#quirks.resultMedia !== "beside";
    if (!nested) beside.push(...media);
    const id = this.#quirks.functionCallIds === true && { id: part.toolCallId };
    return withOwnOptions(
      {
        functionResponse: { ...id, name, response, ...(nested && media.length > 0 && { parts: [...media] }) },
      },
      part.providerOptions,
    );
  }

  #noteCacheControl(part: Part): void {
    if (part.cacheControl !== undefined) this.#notes.dropped("cacheControl", "prefixes are cached without marks");
  }
}
