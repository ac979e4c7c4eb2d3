import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type OpaquePart,
  type ReasoningPart,
  type TextEvent,
} from "@gw/core";
import { asProviderOptions, otherFields } from "./block-fields.ts";
import { dialectId } from "./dialect-id.ts";

/** A content block that is being streamed. */
export interface OpenBlock {
  start(): TextEvent[];
  delta(delta: JsonObject): TextEvent[];
  stop(): TextEvent[];
}

interface BlockContext {
  /** Of the part that the block becomes. */
  readonly index: number;
  /** The block is the call of the tool that stands for the answer. */
  readonly asText: boolean;
  /** The id of a call that came without one. */
  readonly madeUpId: string;
}

/** Follows one block, given the one in its start event. */
export function openBlock(block: JsonObject, context: BlockContext): OpenBlock {
  const { index } = context;
  switch (block.type) {
    case "text":
      return textBlock(block, index);
    case "thinking":
      return thinkingBlock(block, index);
    case "redacted_thinking":
      return redactedBlock(block, index);
    case "tool_use":
      return context.asText ? outputBlock(block, index) : toolUseBlock(block, index, context.madeUpId);
    default:
      return opaqueBlock(block, index);
  }
}

function textBlock(block: JsonObject, index: number): OpenBlock {
  const citations: JsonValue[] = Array.isArray(block.citations) ? [...block.citations] : [];
  const text = (value: JsonValue | undefined): TextEvent[] =>
    typeof value === "string" && value !== "" ? [{ type: "text-delta", index, text: value }] : [];
  return {
    start: () => [{ type: "text-start", index }, ...text(block.text)],
    delta: (delta) => {
      if (delta.type === "citations_delta" && delta.citation !== undefined) citations.push(delta.citation);
      return text(delta.text);
    },
    stop: () => [
      {
        type: "text-end",
        index,
        ...asProviderOptions({
          ...otherFields(block, ["type", "text", "citations"]),
          ...(citations.length > 0 && { citations }),
        }),
      },
    ],
  };
}

function thinkingBlock(block: JsonObject, index: number): OpenBlock {
  let signature = typeof block.signature === "string" ? block.signature : "";
  const thinking = (value: JsonValue | undefined): TextEvent[] =>
    typeof value === "string" && value !== "" ? [{ type: "reasoning-delta", index, text: value }] : [];
  return {
    start: () => [{ type: "reasoning-start", index, origin: dialectId }, ...thinking(block.thinking)],
    delta: (delta) => {
      if (delta.type === "signature_delta" && typeof delta.signature === "string") signature = delta.signature;
      return thinking(delta.thinking);
    },
    stop: () => [
      {
        type: "reasoning-end",
        index,
        ...(signature !== "" && { signature }),
        ...asProviderOptions(otherFields(block, ["type", "thinking", "signature"])),
      },
    ],
  };
}

function redactedBlock(block: JsonObject, index: number): OpenBlock {
  const part: ReasoningPart = {
    type: "reasoning",
    text: "",
    origin: dialectId,
    sealed: typeof block.data === "string" ? block.data : "",
    ...asProviderOptions(otherFields(block, ["type", "data"])),
  };
  return { start: () => [], delta: () => [], stop: () => [{ type: "part", index, part }] };
}

/** The input comes in fragments, or, from some servers, whole at the start. */
function inputFragments(block: JsonObject) {
  let streamed = false;
  return {
    of(delta: JsonObject): string {
      const fragment = typeof delta.partial_json === "string" ? delta.partial_json : "";
      if (fragment !== "") streamed = true;
      return fragment;
    },
    remaining(): string {
      const whole = isJsonObject(block.input) && Object.keys(block.input).length > 0;
      return !streamed && whole ? JSON.stringify(block.input) : "";
    },
  };
}

function toolUseBlock(block: JsonObject, index: number, madeUpId: string): OpenBlock {
  const input = inputFragments(block);
  const id = typeof block.id === "string" && block.id !== "" ? block.id : madeUpId;
  const name = typeof block.name === "string" ? block.name : "";
  const fragment = (json: string): TextEvent[] =>
    json === "" ? [] : [{ type: "tool-call-delta", index, arguments: json }];
  return {
    start: () => [{ type: "tool-call-start", index, id, name }],
    delta: (delta) => fragment(input.of(delta)),
    stop: () => [
      ...fragment(input.remaining()),
      {
        type: "tool-call-end",
        index,
        ...asProviderOptions(otherFields(block, ["type", "id", "name", "input"])),
      },
    ],
  };
}

/** The tool that stands for the answer: what it is called with is the answer's text. */
function outputBlock(block: JsonObject, index: number): OpenBlock {
  const input = inputFragments(block);
  const fragment = (json: string): TextEvent[] => (json === "" ? [] : [{ type: "text-delta", index, text: json }]);
  return {
    start: () => [{ type: "text-start", index }],
    delta: (delta) => fragment(input.of(delta)),
    stop: () => [...fragment(input.remaining()), { type: "text-end", index }],
  };
}

/** A block of any other kind is put together and passed on whole, whatever its deltas are called. */
function opaqueBlock(block: JsonObject, index: number): OpenBlock {
  const value: JsonObject = { ...block };
  let json = "";
  return {
    start: () => [],
    delta: (delta) => {
      if (delta.type === "input_json_delta") json += typeof delta.partial_json === "string" ? delta.partial_json : "";
      else if (delta.type === "citations_delta") {
        value.citations = [...(Array.isArray(value.citations) ? value.citations : []), delta.citation ?? null];
      } else appendFields(value, delta);
      return [];
    },
    stop: () => {
      if (json !== "") value.input = parseInput(json);
      const part: OpaquePart = { type: "opaque", origin: dialectId, value };
      return [{ type: "part", index, part }];
    },
  };
}

/** The fields of an unknown delta: text goes on where text is, anything else takes the field's place. */
function appendFields(value: JsonObject, delta: JsonObject): void {
  for (const [key, field] of Object.entries(delta)) {
    if (key === "type") continue;
    const before = value[key];
    value[key] = typeof field === "string" && typeof before === "string" ? before + field : field;
  }
}

/** A cut answer can end within the input; the text is kept then. */
function parseInput(json: string): JsonValue {
  try {
    return JSON.parse(json) as JsonValue;
  } catch {
    return json;
  }
}
