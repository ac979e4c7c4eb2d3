import type { WireHeaders } from "@gw/core";
import { type AttemptRecord, execute, type FailoverTarget, type HealthStore, reportBreak } from "@gw/failover";
import type { ProviderKey } from "../config/configured-provider.ts";
import type { Operation } from "../operation.ts";
import { circuitOf } from "../routing/circuit-of.ts";
import type { RoutePlan, RouteTarget } from "../routing/route-plan.ts";
import type { CallOptions } from "./admit.ts";
import { attempt } from "./attempt.ts";
import type { AttemptReply } from "./attempt-reply.ts";
import type { DecodedCall } from "./decode.ts";

/** A target by one of its provider's keys. */
interface KeyedTarget {
  readonly target: RouteTarget;
  readonly key: ProviderKey;
}

/** What answered a call, and how it began. */
export interface Answer {
  readonly target: RouteTarget;
  readonly reply: AttemptReply;
}

/**
 * Walks the targets of a plan, and the keys of each, until one answers: with the whole, or with the first content of a stream.
 *
 * @param callOf the call as a provider gets it, by the provider's name
 * @param headers the caller's that may mean something to a vendor
 * @throws {GatewayError} the last failure, with its provider's name; `overloaded` when no target takes calls; `timed_out` at the
 * deadline; `aborted`.
 */
export function failOver(
  operation: Operation,
  callOf: (provider: string) => DecodedCall,
  plan: RoutePlan,
  headers: WireHeaders,
  options: CallOptions,
  surroundings: { readonly health: HealthStore; readonly signal: AbortSignal },
): Promise<Answer> {
  const { health, signal } = surroundings;
  const timeouts = { ...plan.timeouts, ...options.timeouts };
  return execute(
    plan.targets.flatMap(keyedTargets),
    async (target, own) => {
      const { via, model, patch } = target.value.target;
      await operation.spending?.coverFailures();
      const call = callOf(via.name);
      const asked = patch === null ? call : call.withBody({ ...call.body, ...patch });
      const { provider, label } = target.value.key;
      const whom = { provider, model };
      const reply = await attempt(operation, asked, whom, {
        resolved: target.value.target,
        key: via.keys.length > 1 ? label : null,
        timeouts,
        headers,
        strictParams: options.strictParams || plan.strictParams,
        signal: own,
        onBreak: (error) => reportBreak(target, error, { health }),
      });
      return { target: target.value.target, reply };
    },
    {
      signal,
      health,
      deadlineMs: options.deadlineMs ?? plan.deadlineMs,
      maxAttempts: options.maxAttempts ?? plan.maxAttempts,
      // A caller's own haste says nothing of the target's health.
      timeoutsCount: options.deadlineMs === null && options.timeouts.firstContentTimeoutMs === undefined,
      onAttempt: (record) => noteWait(operation, record),
    },
  );
}

function noteWait(operation: Operation, { waitedMs }: AttemptRecord<KeyedTarget>): void {
  const last = operation.lastAttempt;
  if (last !== null) last.waitedMs = waitedMs;
}

// Most calls share a few targets, which live as long as their configuration: their names need not be put together for each.
const keyed = new WeakMap<RouteTarget, readonly FailoverTarget<KeyedTarget>[]>();

function keyedTargets(target: RouteTarget): readonly FailoverTarget<KeyedTarget>[] {
  let known = keyed.get(target);
  if (known === undefined) {
    const circuit = circuitOf(target);
    known = target.via.keys.map((key) => ({
      value: { target, key },
      circuit,
      // Vendors limit each model by itself, and a key may be good for some models only.
      credential: `${key.label}/${target.model}`,
    }));
    keyed.set(target, known);
  }
  return inTurn(known);
}

/** The keys in an order drawn by their weights: each comes first as often as its share says, and the others are there behind it. */
function inTurn(targets: readonly FailoverTarget<KeyedTarget>[]): readonly FailoverTarget<KeyedTarget>[] {
  if (targets.length === 1) return targets;
  return targets
    .map((target) => ({ target, drawn: -Math.log(1 - Math.random()) / target.value.key.weight }))
    .sort((one, other) => one.drawn - other.drawn)
    .map(({ target }) => target);
}
