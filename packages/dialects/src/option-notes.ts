import type { DialectId, ParamNote, TextRequest } from "@gw/core/types";

/** Reports the fields that only other dialects know: they cannot be sent in this one. */
export function foreignOptionNotes(request: Pick<TextRequest, "providerOptions">, own: DialectId): ParamNote[] {
  const notes: ParamNote[] = [];
  for (const [dialect, options] of Object.entries(request.providerOptions ?? {})) {
    if (dialect === own) continue;
    for (const param of Object.keys(options))
      notes.push({ param, outcome: "dropped", detail: `only ${dialect} has it` });
  }
  return notes;
}

/** A parameter that was not sent. */
export function dropped(param: string, detail: string): ParamNote {
  return { param, outcome: "dropped", detail };
}

/** A parameter that was sent as something close to it. */
export function mapped(param: string, detail: string): ParamNote {
  return { param, outcome: "mapped", detail };
}
