import { isJsonObject, type JsonObject, type JsonValue, type ToolCallPart } from "@gw/core";
import { openEnvelope, sealEnvelope } from "../wire-envelope.ts";

/**
 * The `extra_content` of a tool call that carries a signature: Google's own form for Gemini's, an envelope for others.
 *
 * @see https://ai.google.dev/gemini-api/docs/thought-signatures (2026-11-20, OpenAI compatibility)
 */
export function encodeCallSignature(part: Pick<ToolCallPart, "id" | "signature">): JsonObject {
  if (part.signature === undefined) return {};
  const { origin, value } = part.signature;
  if (origin === "gemini") return { extra_content: { google: { thought_signature: value } } };
  const envelope = sealEnvelope({ kind: "tool-call", origin, toolCallId: part.id, signature: value });
  return { extra_content: { gw: envelope } };
}

/** Reads back what `encodeCallSignature` wrote, or what a server wrote in the same form. */
export function decodeCallSignature(extraContent: JsonValue | undefined): Pick<ToolCallPart, "signature"> {
  if (!isJsonObject(extraContent)) return {};
  const signature = isJsonObject(extraContent.google) ? extraContent.google.thought_signature : undefined;
  if (typeof signature === "string") return { signature: { origin: "gemini", value: signature } };
  const envelope = typeof extraContent.gw === "string" ? openEnvelope(extraContent.gw) : null;
  if (envelope?.kind !== "tool-call") return {};
  return { signature: { origin: envelope.origin, value: envelope.signature } };
}
