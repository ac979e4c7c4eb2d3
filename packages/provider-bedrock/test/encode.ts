import type { Message, TextRequest, UserPart } from "@gw/core";
import { converse } from "../src/converse/converse.ts";

const nova = "us.amazon.nova-2-lite-v1:0";
export const claude = "us.anthropic.claude-opus-4-6-v1";
export const haiku = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
export const llama = "us.meta.llama3-3-70b-instruct-v1:0";
export const origin = "bedrock-converse";

export const user = (...content: readonly UserPart[]): Message => ({ role: "user", content });
export const text = (text: string, more: object = {}) => ({ type: "text", text, ...more }) as const;

/** What {@link encode} says by default, on the wire. */
export const hi = { role: "user", content: [{ text: "Hi" }] };

/** The body of a request to Nova, and of each note, what became of which parameter. */
export function encode(changes: Partial<TextRequest>, headers: Record<string, string> = {}) {
  const request: TextRequest = { model: nova, messages: [user(text("Hi"))], ...changes };
  const { body, notes } = converse.encodeRequest(request, { stream: false, headers });
  return { body, notes: notes.map(({ param, outcome }) => `${outcome} ${param}`) };
}
