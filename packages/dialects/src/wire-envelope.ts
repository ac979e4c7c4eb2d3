import { type DialectId, isJsonObject } from "@gw/core";

/**
 * Something only `origin` can read, on its way through a dialect that has a slot for such things but not for this one:
 * Anthropic's `signature` and `data`, OpenAI's `encrypted_content`, Gemini's `thoughtSignature`.
 *
 * The caller sends it back as it must send its own dialect's, and the origin gets its own back.
 */
export type WireEnvelope =
  | {
      readonly kind: "reasoning";
      readonly origin: DialectId;
      readonly signature?: string;
      readonly sealed?: string;
      readonly id?: string;
    }
  | {
      readonly kind: "tool-call";
      readonly origin: DialectId;
      readonly toolCallId: string;
      readonly signature: string;
    };

// Valid base64 without padding trouble: slots that want base64 (Gemini's bytes) take it too.
const mark = "gwEnv1AA";

/** The envelope as base64 text. */
export function sealEnvelope(envelope: WireEnvelope): string {
  const bytes = new TextEncoder().encode(JSON.stringify(envelope));
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return mark + btoa(binary);
}

/** The envelope in a slot, or `null` when the slot holds its own dialect's value. */
export function openEnvelope(text: string): WireEnvelope | null {
  if (!text.startsWith(mark)) return null;
  try {
    // Slots that are bytes in a client's types come back in the URL-safe alphabet from some.
    const base64 = text.slice(mark.length).replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (!isJsonObject(value) || typeof value.origin !== "string") return null;
    const complete =
      value.kind === "reasoning" ||
      (value.kind === "tool-call" && typeof value.toolCallId === "string" && typeof value.signature === "string");
    return complete ? (value as unknown as WireEnvelope) : null;
  } catch {
    return null;
  }
}
