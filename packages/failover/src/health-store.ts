import { type BreakerOptions, type CircuitHealth, defaultBreaker, freshCircuit } from "./circuit-health.ts";
import { type CredentialHealth, freshCredential } from "./credential-health.ts";
import {
  type HealthReport,
  reported,
  type Standing,
  standingOf,
  started,
  type TargetHealth,
  type TargetNames,
} from "./health.ts";

/**
 * Where health is kept. Asynchronous, so that replicas can share it; what is at hand may be given at once. It never rejects:
 * one that cannot reach its data answers as if nothing bad were known.
 */
export interface HealthStore {
  /** One for each target, in their order. */
  read(targets: readonly TargetNames[], nowMs: number): Promise<readonly Standing[]> | readonly Standing[];
  /**
   * Counts a call that is about to be sent, if its target's standing admits it: in one step, so that an open breaker has one
   * probe and the retry budget holds however many ask at once.
   *
   * @returns whether it may be sent. If so, a `report` has to follow.
   */
  start(target: TargetNames, call: { readonly retry: boolean; readonly nowMs: number }): Promise<boolean> | boolean;
  /** Applies what calls tell, each to the health as it is then. */
  report(reports: readonly HealthReport[]): Promise<void> | void;
}

// Models are named by callers: without a bound they could fill the memory.
const maxEntries = 10_000;

/** Health in memory, for one process: of the 10,000 circuits and credentials that were heard of last. */
export class MemoryHealthStore implements HealthStore {
  readonly #optionsOf: (circuit: string) => BreakerOptions;
  readonly #circuits = new Map<string, CircuitHealth>();
  readonly #credentials = new Map<string, CredentialHealth>();

  /** @param options of every circuit, or of each by its name; asked for anew each time, so that they may change */
  constructor(options: Partial<BreakerOptions> | ((circuit: string) => BreakerOptions) = {}) {
    if (typeof options === "function") {
      this.#optionsOf = options;
    } else {
      const same = { ...defaultBreaker, ...options };
      this.#optionsOf = () => same;
    }
  }

  /** By name, for people to look at. */
  get circuits(): ReadonlyMap<string, CircuitHealth> {
    return this.#circuits;
  }

  /** By name, for people to look at. */
  get credentials(): ReadonlyMap<string, CredentialHealth> {
    return this.#credentials;
  }

  read(targets: readonly TargetNames[], nowMs: number): readonly Standing[] {
    return targets.map((target) => standingOf(this.#health(target), nowMs, this.#optionsOf(target.circuit)));
  }

  start(target: TargetNames, call: { readonly retry: boolean; readonly nowMs: number }): boolean {
    const health = started(this.#health(target), call, this.#optionsOf(target.circuit));
    if (health !== null) this.#keep(target, health);
    return health !== null;
  }

  report(reports: readonly HealthReport[]): void {
    for (const one of reports) {
      this.#keep(one, reported(this.#health(one), one, this.#optionsOf(one.circuit)));
    }
  }

  #health({ circuit, credential }: TargetNames): TargetHealth {
    return {
      circuit: this.#circuits.get(circuit) ?? freshCircuit,
      credential: this.#credentials.get(credential) ?? freshCredential,
    };
  }

  #keep({ circuit, credential }: TargetNames, health: TargetHealth): void {
    keepNewest(this.#circuits, circuit, health.circuit);
    // Most credentials never rest, and need no entry.
    if (health.credential !== freshCredential) keepNewest(this.#credentials, credential, health.credential);
  }
}

function keepNewest<Value>(entries: Map<string, Value>, name: string, value: Value): void {
  entries.delete(name);
  entries.set(name, value);
  if (entries.size <= maxEntries) return;
  for (const oldest of entries.keys()) {
    entries.delete(oldest);
    return;
  }
}
