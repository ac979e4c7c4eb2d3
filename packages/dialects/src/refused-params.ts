import type { ParamNote, TextRequest } from "@gw/core/types";
import { dropped } from "./option-notes.ts";

/** The request without the fields that a model refuses, and a note for each that was given. */
export function withoutRefusedParams(
  request: TextRequest,
  refused: readonly (keyof TextRequest)[] | undefined,
): { readonly request: TextRequest; readonly notes: ParamNote[] } {
  const given = (refused ?? []).filter((param) => request[param] !== undefined);
  if (given.length === 0) return { request, notes: [] };
  const rest: { -readonly [Param in keyof TextRequest]?: TextRequest[Param] } = { ...request };
  for (const param of given) delete rest[param];
  return { request: rest as TextRequest, notes: given.map((param) => dropped(param, "the model refuses it")) };
}
