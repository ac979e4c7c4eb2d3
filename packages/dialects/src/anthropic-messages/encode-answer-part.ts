import type { AssistantPart, JsonObject, ReasoningPart, ToolCallPart } from "@gw/core/types";
import { sealEnvelope } from "../wire-envelope.ts";
import { encodeSource, ownOptions } from "./block-fields.ts";
import { dialectId } from "./dialect-id.ts";
import { anthropicToolInput } from "./encode-content.ts";

/**
 * The blocks that a part of an answer becomes for a caller of this format.
 *
 * What only another dialect can read again travels sealed in a slot for such things: reasoning in `signature` or `data`, the
 * proof of a tool call in a `redacted_thinking` block after the call (a stream learns it only there). Media are written as
 * the blocks of user messages, and opaque parts of other dialects have no block.
 */
export function encodeAnswerPart(part: AssistantPart): JsonObject[] {
  switch (part.type) {
    case "text":
      return part.text === "" ? [] : [{ ...ownOptions(part), type: "text", text: part.text }];
    case "refusal":
      return part.text === "" ? [] : [{ type: "text", text: part.text }];
    case "reasoning":
      return encodeReasoning(part);
    case "tool-call":
      return [
        {
          ...ownOptions(part),
          type: "tool_use",
          id: part.id,
          name: part.name,
          input: anthropicToolInput(part.arguments),
        },
        ...callSignatureBlocks(part.id, part.signature),
      ];
    case "image":
    case "audio":
      return [{ ...ownOptions(part), type: part.type, source: encodeSource(part.source) }];
    case "opaque":
      return part.origin === dialectId ? [part.value as JsonObject] : [];
  }
}

function encodeReasoning(part: ReasoningPart): JsonObject[] {
  const slot = reasoningSlot(part);
  if (part.text === "") return slot.block === null ? [] : [slot.block];
  return [{ ...ownOptions(part), type: "thinking", thinking: part.text, signature: slot.signature }];
}

/**
 * What stands beside the text of a reasoning part: the signature of a thinking block, and the block that takes its place
 * when there is no text (`null` when there is nothing to keep at all).
 */
export function reasoningSlot(part: Omit<ReasoningPart, "type" | "text">): {
  readonly signature: string;
  readonly block: JsonObject | null;
} {
  const { origin, signature, sealed, id } = part;
  if (origin === dialectId) {
    if (sealed !== undefined) return { signature: "", block: { type: "redacted_thinking", data: sealed } };
    if (signature === undefined) return { signature: "", block: null };
    return { signature, block: { type: "thinking", thinking: "", signature } };
  }
  const data = sealEnvelope({
    kind: "reasoning",
    origin,
    ...(signature !== undefined && { signature }),
    ...(sealed !== undefined && { sealed }),
    ...(id !== undefined && { id }),
  });
  const empty = signature === undefined && sealed === undefined && id === undefined;
  return { signature: data, block: empty ? null : { type: "redacted_thinking", data } };
}

/** The block that carries the proof of a tool call, where it has one. */
export function callSignatureBlocks(toolCallId: string, signature: ToolCallPart["signature"]): JsonObject[] {
  if (signature === undefined) return [];
  const { origin, value } = signature;
  return [
    { type: "redacted_thinking", data: sealEnvelope({ kind: "tool-call", origin, toolCallId, signature: value }) },
  ];
}
