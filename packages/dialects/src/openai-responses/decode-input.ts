import {
  type AssistantPart,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type Message,
  type SystemMessage,
  type ToolResultPart,
  type UserPart,
} from "@gw/core";
import { readArray, readEnum, readString, required, wrongType } from "../read-json.ts";
import { openEnvelope } from "../wire-envelope.ts";
import { decodeContent, type InputPart } from "./decode-content.ts";
import { decodeItem } from "./decode-item.ts";
import { furtherFields, openAIResponsesId, ownOptions, withOwnOptions } from "./dialect-id.ts";

type ToolSignature = { readonly origin: string; readonly value: string };

/**
 * The conversation in `input`. Items of the model in a row are one assistant message, results in a row one tool message.
 *
 * @throws {GatewayError} `invalid_request` with the path of the item's field
 */
export function decodeInput(input: JsonValue | undefined): Message[] {
  if (input === undefined || input === null) return [];
  if (typeof input === "string") return [{ role: "user", content: [{ type: "text", text: input }] }];
  const reader = new InputReader();
  const items = readArray(input, "input") ?? [];
  items.forEach((item, position) => {
    if (!isJsonObject(item)) throw wrongType(`input[${position}]`, "an object");
    reader.read(item, `input[${position}]`, position);
  });
  return reader.messages();
}

/** The system message of `instructions`, which go back there: they are no item, and a stored conversation forgets them. */
export function decodeInstructions(instructions: string): SystemMessage {
  return {
    role: "system",
    content: [{ type: "text", text: instructions, ...withOwnOptions({ role: "instructions" }) }],
  };
}

class InputReader {
  readonly #messages: Message[] = [];
  readonly #toolNames = new Map<string, string>();
  readonly #signatures = new Map<string, ToolSignature>();

  read(item: JsonObject, path: string, position: number): void {
    const type = readString(item.type, `${path}.type`) ?? (item.role === undefined ? undefined : "message");
    switch (required(type, `${path}.type`)) {
      case "message":
        this.#readMessage(item, path, position);
        return;
      case "reasoning":
        this.#readReasoning(item, path, position);
        return;
      case "function_call":
        this.#readCall(item, path, position);
        return;
      case "function_call_output":
        this.#readResult(item, path);
        return;
      default:
        this.#readOther(item);
        return;
    }
  }

  messages(): Message[] {
    if (this.#signatures.size === 0) return this.#messages;
    return this.#messages.map((message) =>
      message.role === "assistant" ? { ...message, content: message.content.map((part) => this.#sign(part)) } : message,
    );
  }

  #sign(part: AssistantPart): AssistantPart {
    const signature = part.type === "tool-call" ? this.#signatures.get(part.id) : undefined;
    return part.type === "tool-call" && signature !== undefined ? { ...part, signature } : part;
  }

  #readMessage(item: JsonObject, path: string, position: number): void {
    const roles = ["user", "assistant", "system", "developer"] as const;
    const role = required(readEnum(item.role, `${path}.role`, roles), `${path}.role`);
    // Also a check of what the model is said to have written.
    const content = decodeContent(item.content, `${path}.content`);
    if (role === "assistant") {
      const parts = decodeItem({ ...item, type: "message" }, { responseId: null, outputIndex: position });
      this.#addAssistant(parts, item.id === undefined);
      return;
    }
    const around = furtherFields(item, ["type", "role", "status", "content"]);
    const message = Object.keys(around).length > 0 ? { message: around } : {};
    if (role === "user") {
      this.#messages.push({ role, content: content.map((part) => withFields(part, message)) });
      return;
    }
    const fields = role === "developer" ? { ...message, role } : message;
    this.#messages.push({
      role: "system",
      content: content.map((part) => {
        if (part.type === "text") return withFields(part, fields);
        if (part.type === "opaque") return part;
        throw wrongType(`${path}.content`, "text in a message of the system");
      }),
    });
  }

  #readReasoning(item: JsonObject, path: string, position: number): void {
    for (const list of ["summary", "content"] as const)
      readArray(item[list], `${path}.${list}`)?.forEach((part, index) => {
        if (!isJsonObject(part)) throw wrongType(`${path}.${list}[${index}]`, "an object");
        readString(part.text, `${path}.${list}[${index}].text`);
      });
    readString(item.id, `${path}.id`);
    const envelope = openEnvelope(readString(item.encrypted_content, `${path}.encrypted_content`) ?? "");
    if (envelope?.kind === "tool-call") {
      this.#signatures.set(envelope.toolCallId, { origin: envelope.origin, value: envelope.signature });
      return;
    }
    const parts = decodeItem(item, { responseId: null, outputIndex: position });
    if (envelope === null) {
      this.#addAssistant(parts);
      return;
    }
    const { kind: _kind, ...seal } = envelope;
    this.#addAssistant(
      parts.map((part) => ({ type: "reasoning", text: part.type === "reasoning" ? part.text : "", ...seal })),
    );
  }

  #readCall(item: JsonObject, path: string, position: number): void {
    const name = required(readString(item.name, `${path}.name`), `${path}.name`);
    required(readString(item.arguments, `${path}.arguments`), `${path}.arguments`);
    const callId = required(readString(item.call_id, `${path}.call_id`), `${path}.call_id`);
    this.#toolNames.set(callId, name);
    this.#addAssistant(decodeItem(item, { responseId: null, outputIndex: position }));
  }

  #readResult(item: JsonObject, path: string): void {
    const toolCallId = required(readString(item.call_id, `${path}.call_id`), `${path}.call_id`);
    const toolName = this.#toolNames.get(toolCallId);
    const result: ToolResultPart = {
      type: "tool-result",
      toolCallId,
      ...(toolName !== undefined && { toolName }),
      content: decodeContent(item.output, `${path}.output`),
      ...withOwnOptions(furtherFields(item, ["type", "status", "call_id", "output"])),
    };
    const last = this.#messages.at(-1);
    if (last?.role === "tool")
      this.#messages[this.#messages.length - 1] = { ...last, content: [...last.content, result] };
    else this.#messages.push({ role: "tool", content: [result] });
  }

  /**
   * An item that only this format knows. Without one that the model wrote, the conversation still makes sense elsewhere; one
   * of the caller's (a result, an approval, a reference to a stored item) or a compacted past must not get lost.
   */
  #readOther(item: JsonObject): void {
    const part: UserPart & AssistantPart = { type: "opaque", origin: openAIResponsesId, value: item };
    const ofModel = /_call$|^mcp_list_tools$|^mcp_approval_request$|^program$/.test(String(item.type));
    if (ofModel) this.#addAssistant([part]);
    else this.#messages.push({ role: "user", content: [part] });
  }

  /** `apart`: a message without an id can only be told from the message before it by standing alone. */
  #addAssistant(parts: AssistantPart[], apart = false): void {
    const last = this.#messages.at(-1);
    const before = last?.role === "assistant" ? last.content.at(-1) : undefined;
    const touches = before?.type === "text" || before?.type === "refusal";
    if (last?.role === "assistant" && !(apart && touches))
      this.#messages[this.#messages.length - 1] = { ...last, content: [...last.content, ...parts] };
    else this.#messages.push({ role: "assistant", content: parts });
  }
}

function withFields<Part extends InputPart>(part: Part, fields: JsonObject): Part {
  if (Object.keys(fields).length === 0) return part;
  return { ...part, ...withOwnOptions({ ...ownOptions(part), ...fields }) };
}
