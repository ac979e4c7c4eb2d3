import { isJsonObject, type JsonObject, type JsonValue } from "@gw/core";
import { openEnvelope } from "../wire-envelope.ts";
import { bypassSignature } from "./encode-contents.ts";

/**
 * The contents of a caller as the vendor can take them, or `null` where they are so already.
 *
 * What another vendor's model thought in an earlier turn carries an envelope that nobody else can read: it is left out. A step
 * whose first call is unsigned, because another model made it, gets the bypass mark where the model would refuse it.
 */
export function nativeHistory(contents: JsonValue | undefined, requireSignatures: boolean): JsonValue[] | null {
  if (!Array.isArray(contents)) return null;
  const kept: JsonValue[] = [];
  let changed = false;
  // A streamed answer may come back as one content a chunk.
  let inStep = false;
  for (const content of contents) {
    if (!isJsonObject(content) || content.role !== "model" || !Array.isArray(content.parts)) {
      inStep = false;
      kept.push(content);
      continue;
    }
    const parts: JsonValue[] = [];
    for (const part of content.parts) {
      const isCall = isJsonObject(part) && isJsonObject(part.functionCall ?? part.function_call);
      const mark = isCall && !inStep && requireSignatures;
      inStep ||= isCall;
      const own = isJsonObject(part) ? ownPart(part, isCall, mark) : part;
      if (own !== part) changed = true;
      if (own !== null) parts.push(own);
    }
    if (parts.length > 0 || content.parts.length === 0) kept.push({ ...content, parts });
  }
  return changed ? kept : null;
}

/** The part itself where it can stay, `null` where it must go. */
function ownPart(part: JsonObject, isCall: boolean, mark: boolean): JsonObject | null {
  const { thoughtSignature, thought_signature, ...unsigned } = part;
  const signature = thoughtSignature ?? thought_signature ?? null;
  const isForeign = typeof signature === "string" && openEnvelope(signature) !== null;
  if (isForeign && !isCall) return null;
  if (mark && (isForeign || signature === null)) return { ...unsigned, thoughtSignature: bypassSignature };
  return isForeign ? unsigned : part;
}
