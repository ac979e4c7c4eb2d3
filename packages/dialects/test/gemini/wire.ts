import type { TextRequest } from "@gw/core";
import { gemini } from "../../src/gemini/gemini.ts";
import type { GeminiQuirks } from "../../src/gemini/quirks.ts";

// biome-ignore lint/suspicious/noExplicitAny: JSON as it stands on the wire
export type Wire = any;

/** A request's body, and its notes as `outcome param`. */
export function encode(request: Partial<TextRequest>, quirks?: GeminiQuirks) {
  const { body, notes } = gemini.encodeRequest({ model: "m", messages: [], ...request }, { stream: false }, quirks);
  return { body: body as Wire, notes: notes.map(({ param, outcome }) => `${outcome} ${param}`) };
}

/** A body as a request. */
export function decode(body: Wire): TextRequest {
  return gemini.decodeRequest(body, { model: "m", stream: false }).request;
}
