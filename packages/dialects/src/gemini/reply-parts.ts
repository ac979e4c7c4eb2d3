import { type AssistantPart, isJsonObject, type JsonObject, type ReasoningPart, type ToolCallPart } from "@gw/core";
import { sealEnvelope } from "../wire-envelope.ts";
import { encodeArguments } from "./call-arguments.ts";
import { encodeMedia, withOwnOptions } from "./media-part.ts";

/**
 * One part of an answer to a caller, or `null` for a block that only another format has.
 *
 * What only another vendor can read travels in `thoughtSignature`, which callers send back, sealed in an envelope. Arguments
 * that are no JSON object are wrapped as `encodeArguments` says.
 */
export function encodeReplyPart(part: AssistantPart): JsonObject | null {
  switch (part.type) {
    case "text":
      return withOwnOptions({ text: part.text }, part.providerOptions);
    case "refusal":
      return { text: part.text };
    case "reasoning":
      return encodeThought(part);
    case "tool-call":
      return encodeCall(part);
    case "opaque":
      return part.origin === "gemini" && isJsonObject(part.value) ? part.value : null;
    default:
      // Whose storage it is in is the caller's to know.
      return part.source.type === "file" ? { fileData: { fileUri: part.source.id } } : encodeMedia(part);
  }
}

function encodeThought(part: ReasoningPart): JsonObject {
  const signature = thoughtSignature(part);
  return withOwnOptions(
    { text: part.text, thought: true, ...(signature !== undefined && { thoughtSignature: signature }) },
    part.providerOptions,
  );
}

/** What stands in a thought's `thoughtSignature`: the vendor's own, or an envelope that keeps a foreign thought's origin. */
export function thoughtSignature({
  origin,
  signature,
  sealed,
  id,
}: Pick<ReasoningPart, "origin" | "signature" | "sealed" | "id">): string | undefined {
  if (origin === "gemini") return signature;
  return sealEnvelope({
    kind: "reasoning",
    origin,
    ...(signature !== undefined && { signature }),
    ...(sealed !== undefined && { sealed }),
    ...(id !== undefined && { id }),
  });
}

function encodeCall(part: ToolCallPart): JsonObject {
  const { signature } = part;
  const foreign = signature !== undefined && signature.origin !== "gemini";
  const value = foreign
    ? sealEnvelope({ kind: "tool-call", origin: signature.origin, toolCallId: part.id, signature: signature.value })
    : signature?.value;
  return withOwnOptions(
    {
      functionCall: { id: part.id, name: part.name, args: encodeArguments(part.arguments).args },
      ...(value !== undefined && { thoughtSignature: value }),
    },
    part.providerOptions,
  );
}
