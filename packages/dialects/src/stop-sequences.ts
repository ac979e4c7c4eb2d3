import type { ParamNote } from "@gw/core/types";
import { mapped } from "./option-notes.ts";

/** As many stop sequences as are taken, the first ones; reports when there were more. */
export function firstStops(sequences: readonly string[], most: number, note: (note: ParamNote) => void): string[] {
  if (sequences.length > most) note(mapped("stopSequences", `the first ${most}`));
  return sequences.slice(0, most);
}
