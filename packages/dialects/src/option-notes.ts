import type { DialectId, JsonObject, ParamNote, TextRequest } from "@gw/core/types";

type WithOptions = { readonly providerOptions?: Readonly<Record<DialectId, JsonObject>> };

/**
 * Reports the fields that only other dialects know: they cannot be sent in this one. Those of the request itself, of its tools,
 * and of what the caller says in its messages; what a model wrote carries fields of its vendor that nobody misses.
 */
export function foreignOptionNotes(
  request: Pick<TextRequest, "providerOptions"> & Partial<Pick<TextRequest, "messages" | "tools">>,
  own: DialectId,
): ParamNote[] {
  const notes = new Map<string, ParamNote>();
  const report = (prefix: string, { providerOptions = {} }: WithOptions): void => {
    for (const [dialect, options] of Object.entries(providerOptions)) {
      if (dialect === own) continue;
      for (const name of prefix === "" ? Object.keys(options) : fieldNames(options)) {
        notes.set(`${dialect} ${prefix}${name}`, dropped(`${prefix}${name}`, `only ${dialect} has it`));
      }
    }
  };
  report("", request as WithOptions);
  for (const tool of request.tools ?? []) if (tool.type === "function") report("tools.", tool);
  for (const { role, content } of request.messages ?? []) {
    if (role === "assistant") continue;
    for (const part of content) {
      report("messages.", part);
      if (part.type === "tool-result") for (const item of part.content) report("messages.", item);
    }
  }
  return [...notes.values()];
}

/** Names that say nothing of what the caller wants: where a part stood, and what it was called there. */
const places = new Set(["id", "role", "status"]);

/** Fields of the message around a part, or of the function in a tool, are kept one level down. */
function fieldNames(options: JsonObject): string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    if (value === null || value === undefined || places.has(name)) return [];
    const around = name === "message" || name === "function" ? value : null;
    return typeof around === "object" && around !== null ? fieldNames(around as JsonObject) : [name];
  });
}

/** A parameter that was not sent. */
export function dropped(param: string, detail: string): ParamNote {
  return { param, outcome: "dropped", detail };
}

/** A parameter that was sent as something close to it. */
export function mapped(param: string, detail: string): ParamNote {
  return { param, outcome: "mapped", detail };
}
