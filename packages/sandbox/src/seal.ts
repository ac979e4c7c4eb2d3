import { createHmac } from "node:crypto";

// Not a secret: it only lets the sandbox tell its own seals from changed and from foreign ones, in any process.
const key = "gw-sandbox";
const macBytes = 16;

/** What vendors give out and want back unchanged. */
export type SealKind = "anthropic-thinking" | "anthropic-redacted" | "openai-reasoning" | "gemini-thought";

/**
 * A token that proves what it was made for, in the place of a vendor's thinking signature or encrypted reasoning.
 *
 * @param bound text that has to come back with it unchanged
 * @param nonce makes tokens for the same text differ
 * @returns base64
 */
export function seal(kind: SealKind, bound: string, nonce: string): string {
  const head = Buffer.from(nonce.slice(0, 32).padEnd(32, "0"));
  return Buffer.concat([head, macOf(kind, bound, head)]).toString("base64");
}

/** Whether {@link seal} made this token for this text. */
export function isSealed(token: string, kind: SealKind, bound: string): boolean {
  const bytes = Buffer.from(token, "base64");
  if (bytes.length !== 32 + macBytes || bytes.toString("base64") !== token) return false;
  const head = bytes.subarray(0, 32);
  return macOf(kind, bound, head).equals(bytes.subarray(32));
}

function macOf(kind: SealKind, bound: string, head: Buffer): Buffer {
  return createHmac("sha256", key).update(kind).update("\0").update(head).update(bound).digest().subarray(0, macBytes);
}
