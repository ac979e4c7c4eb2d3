import type { ParamNote, TextRequest } from "@gw/core/types";
import { dropped } from "./option-notes.ts";

/**
 * The request without the parameters that the model refuses, each of which is reported in `notes`; but a model that does not
 * reason does as it is told by a wish that it should not.
 */
export function withoutRefused(
  request: TextRequest,
  refused: readonly (keyof TextRequest)[] | undefined,
  notes: ParamNote[],
): TextRequest {
  const given = refused?.filter((param) => request[param] !== undefined) ?? [];
  if (given.length === 0) return request;
  const kept: Record<string, unknown> = { ...request };
  for (const param of given) {
    delete kept[param];
    if (param !== "reasoning" || !isOff(request.reasoning)) notes.push(dropped(param, "the model refuses it"));
  }
  return kept as unknown as TextRequest;
}

function isOff(reasoning: TextRequest["reasoning"]): boolean {
  return reasoning?.effort === "none" || (reasoning?.effort === undefined && reasoning?.budgetTokens === 0);
}
