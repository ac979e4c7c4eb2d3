import type { DecodedCall } from "../pipeline/decode.ts";
import type { RoutePlan } from "../routing/route-plan.ts";
import { boundField, outputBoundOf, withOutputBound } from "./output-bound.ts";

/** A call that fits its limits, and what had to be changed for it. */
export interface FittedCall {
  readonly call: DecodedCall;
  readonly plan: RoutePlan;
}

/**
 * A call that may say so much, whichever of its targets is asked.
 *
 * @param reasons whether its model is known to
 * @param tokens of one answer
 * @returns also the name of the parameter that says so
 */
export function fittedCall(
  call: DecodedCall,
  plan: RoutePlan,
  reasons: boolean,
  tokens: number,
): FittedCall & { readonly param: string } {
  const field = boundField(call, reasons);
  const targets = plan.targets.map((target) => {
    const { patch } = target;
    // What a target asks for by itself must not undo the bound.
    const undoes = patch !== null && outputBoundOf(patch).tokens !== null;
    return undoes ? { ...target, patch: withOutputBound(patch, field, tokens) } : target;
  });
  return {
    call: call.withBody(withOutputBound(call.body, field, tokens)),
    plan: { ...plan, targets },
    param: field.at(-1) ?? "max_tokens",
  };
}
