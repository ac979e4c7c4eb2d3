import type { Modality } from "@gw/core";
import type { DataPolicy } from "../config/configured-provider.ts";
import type { PolicyRequirement, RouteCondition } from "./route.ts";

/** A call, as far as conditions look at it. */
export interface ConditionedCall {
  readonly stream: boolean;
  readonly modality: Modality;
  readonly metadata: Readonly<Record<string, string | number | boolean>>;
}

/** Whether all of a condition holds. What the call does not say equals nothing. */
export function meetsCondition(condition: RouteCondition | null, call: ConditionedCall): boolean {
  if (condition === null) return true;
  const { metadata = {}, stream, modality } = condition;
  return (
    (stream === undefined || stream === call.stream) &&
    (modality === undefined || isOneOf(modality, call.modality)) &&
    Object.entries(metadata).every(
      ([key, wanted]) => Object.hasOwn(call.metadata, key) && isOneOf(wanted, call.metadata[key]),
    )
  );
}

/** Whether a provider is known to be what is required. What is not stated of it does not count. */
export function meetsPolicy(requirement: PolicyRequirement | null, policy: DataPolicy): boolean {
  if (requirement === null) return true;
  const { region, zeroDataRetention, trainsOnData } = requirement;
  return (
    (region === undefined || isOneOf(region, policy.region)) &&
    (zeroDataRetention === undefined || zeroDataRetention === policy.zeroDataRetention) &&
    (trainsOnData === undefined || trainsOnData === policy.trainsOnData)
  );
}

function isOneOf<Value>(wanted: Value | readonly Value[], value: unknown): boolean {
  return Array.isArray(wanted) ? wanted.includes(value) : wanted === value;
}
