import type { JsonObject, Modality } from "@gw/core";
import { type ModelDirectory, resolve } from "../../src/pipeline/resolve.ts";
import { readCallRouting } from "../../src/routing/call-routing.ts";
import { circuitOf } from "../../src/routing/circuit-of.ts";
import type { RoutePlan } from "../../src/routing/route-plan.ts";
import { adminPrincipal, type Principal } from "../../src/tenant.ts";

/** What a call of these tests may say beside its model. */
export interface CallFacts {
  readonly body?: JsonObject;
  readonly modality?: Modality;
  readonly stream?: boolean;
  readonly principal?: Principal;
  readonly sessionId?: string | null;
  readonly metadata?: Readonly<Record<string, string | number | boolean>>;
  readonly nowMs?: number;
  readonly random?: () => number;
}

/** The plan of a call whose body is as a caller sends it. Nothing is drawn at random unless a test does. */
export function planOf(model: string, directory: ModelDirectory, facts: CallFacts = {}): RoutePlan {
  const { body = {}, principal = adminPrincipal, sessionId = null, metadata = {}, random = () => 0.99 } = facts;
  const read = readCallRouting(body);
  return resolve(
    {
      model,
      modality: facts.modality ?? "text",
      body: read.body ?? body,
      routing: read.routing,
      stream: facts.stream ?? false,
    },
    { principal, sessionId, metadata },
    directory,
    facts.nowMs ?? 0,
    random,
  );
}

/** The targets of a plan, as `provider/model`. */
export function targetsOf(model: string, directory: ModelDirectory, facts: CallFacts = {}): string[] {
  return planOf(model, directory, facts).targets.map(circuitOf);
}

/** The providers of a plan. */
export function providersOf(model: string, directory: ModelDirectory, facts: CallFacts = {}): string[] {
  return planOf(model, directory, facts).targets.map(({ via }) => via.name);
}
