import type { Fault } from "./fault.ts";

const mostCalls = 10_000;

/** Counts how often a call met a fault that is only for its first few times. */
export class UsedFaults {
  readonly #counts = new Map<string, number>();

  /**
   * The fault for this call; `null` when there is none or it has been used up.
   *
   * @param call what makes two calls the same
   */
  take(fault: Fault | null, call: string): Fault | null {
    if (fault?.times === undefined) return fault;
    const key = JSON.stringify([fault, call]);
    const used = this.#counts.get(key) ?? 0;
    this.#counts.delete(key);
    this.#counts.set(key, used + 1);
    const oldest = this.#counts.keys().next();
    if (this.#counts.size > mostCalls && !oldest.done) this.#counts.delete(oldest.value);
    return used < fault.times ? fault : null;
  }
}
