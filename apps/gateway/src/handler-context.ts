import type { HealthStore } from "@gw/failover";
import type { Composition } from "./composition.ts";
import type { Till } from "./money/till.ts";
import type { KeyRing } from "./pipeline/authenticate.ts";
import type { Recorders } from "./pipeline/record.ts";
import type { GatewayStreams } from "./streams/gateway-streams.ts";
import type { IdempotentCalls } from "./streams/idempotent-calls.ts";

/** What every request needs of the gateway. */
export interface HandlerContext {
  readonly composition: Composition;
  readonly keys: KeyRing;
  readonly recorders: Recorders;
  /** The books. */
  readonly till: Till;
  /** Of targets and their keys; it outlives a reload of the configuration. */
  readonly health: HealthStore;
  /** Opened when they are first needed: whoever opens them takes them over from the process that had them before. */
  readonly streams: () => Promise<GatewayStreams>;
  readonly idempotent: IdempotentCalls;
}
