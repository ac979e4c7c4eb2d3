import { isJsonObject, type JsonValue } from "@gw/core";
import type { SeenCall } from "./upstream-recorder.ts";

/** The instructions of a request, wherever its vendor wants them. */
export function systemOf(call: SeenCall | undefined): string | undefined {
  const body = call?.body ?? {};
  const [first] = listOf(body.messages ?? body.input);
  const asMessage =
    isJsonObject(first) && (first.role === "system" || first.role === "developer") ? first.content : null;
  const google = isJsonObject(body.systemInstruction) ? body.systemInstruction.parts : null;
  return textIn(body.system ?? body.instructions ?? google ?? asMessage);
}

/** The vendor whose endpoint a call went to. */
export function vendorOf(call: SeenCall | undefined): "openai" | "anthropic" | "google" {
  if (call?.path.startsWith("/v1beta/")) return "google";
  return call?.path.startsWith("/v1/messages") === true ? "anthropic" : "openai";
}

function textIn(value: JsonValue | undefined): string | undefined {
  if (typeof value === "string") return value;
  const [first] = listOf(value);
  return isJsonObject(first) && typeof first.text === "string" ? first.text : undefined;
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

/** What a vendor sealed in a reply: thinking signatures, encrypted reasoning, thought signatures of calls. */
export function sealsIn(reply: string): string[] {
  const found = reply.matchAll(/"(?:signature|encrypted_content|thoughtSignature)":"([^"]+)"/g);
  return [...new Set([...found].map(([, seal]) => seal as string))];
}
