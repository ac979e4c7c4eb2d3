import type { Framing } from "../pipeline/decode.ts";
import { DataLines } from "./data-lines.ts";
import { JsonArray } from "./json-array.ts";

/** Kept events as a caller wants them. One for each stream. */
export interface Reframing {
  /** Whole events in. */
  elements(events: Uint8Array): string;
  /** What comes after the last one. */
  close(): string;
}

/** How a stream is to be changed on its way out; `null`: not at all. */
export function reframing(framing: Framing): Reframing | null {
  switch (framing) {
    case "json-array":
      return new JsonArray();
    case "sse-data":
      return new DataLines();
    case "sse":
      return null;
  }
}
