import {
  type Admission,
  admission,
  afterOutcome,
  afterStart,
  type BreakerOptions,
  defaultBreaker,
  freshHealth,
  type Health,
  mayRetry,
  type Outcome,
} from "./health.ts";

/** Where health is kept. Asynchronous, so that replicas can share it. */
export interface HealthStore {
  /** One health per id, in their order. */
  read(ids: readonly string[]): Promise<readonly Health[]>;
  /**
   * Counts a call against all of the ids, if each of them admits it: in one step, so that an open breaker has one probe and
   * the retry budget holds however many ask at once.
   *
   * @returns the first refusal, else whether it is a probe
   */
  start(ids: readonly string[], call: { readonly retry: boolean; readonly nowMs: number }): Promise<Admission>;
  /** Applies outcomes, each to the health as it is then. */
  report(outcomes: readonly { readonly id: string; readonly outcome: Outcome }[], nowMs: number): Promise<void>;
}

/** Health in memory, for one process. Ids that were not heard of for an hour are forgotten. */
export class MemoryHealthStore implements HealthStore {
  readonly #options: BreakerOptions;
  readonly #entries = new Map<string, { health: Health; touchedMs: number }>();
  #sweptMs = 0;

  constructor(options: BreakerOptions = defaultBreaker) {
    this.#options = options;
  }

  async read(ids: readonly string[]): Promise<readonly Health[]> {
    return ids.map((id) => this.#health(id));
  }

  async start(ids: readonly string[], call: { readonly retry: boolean; readonly nowMs: number }): Promise<Admission> {
    const { retry, nowMs } = call;
    let answer: Admission = { type: "yes" };
    for (const id of ids) {
      const health = this.#health(id);
      const admitted = admission(health, nowMs);
      if (admitted.type === "no") return admitted;
      if (retry && !mayRetry(health, nowMs, this.#options)) return { type: "no", untilMs: nowMs + retryPauseMs };
      if (admitted.type === "probe") answer = admitted;
    }
    for (const id of ids) this.#set(id, afterStart(this.#health(id), retry, nowMs, this.#options), nowMs);
    return answer;
  }

  async report(outcomes: readonly { readonly id: string; readonly outcome: Outcome }[], nowMs: number): Promise<void> {
    for (const { id, outcome } of outcomes) {
      this.#set(id, afterOutcome(this.#health(id), outcome, nowMs, this.#options), nowMs);
    }
    if (nowMs - this.#sweptMs > forgetAfterMs) this.#sweep(nowMs);
  }

  /** Everything that is known, for people to look at. */
  entries(): ReadonlyMap<string, Health> {
    return new Map([...this.#entries].map(([id, { health }]) => [id, health]));
  }

  #health(id: string): Health {
    return this.#entries.get(id)?.health ?? freshHealth;
  }

  #set(id: string, health: Health, touchedMs: number): void {
    this.#entries.set(id, { health, touchedMs });
  }

  #sweep(nowMs: number): void {
    this.#sweptMs = nowMs;
    for (const [id, { touchedMs }] of this.#entries) if (nowMs - touchedMs > forgetAfterMs) this.#entries.delete(id);
  }
}

const forgetAfterMs = 3_600_000;
// The window slides by the second: earlier there is nothing new to find.
const retryPauseMs = 1_000;
