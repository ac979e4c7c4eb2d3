/** What one answer tells of its target's speed. `null`: not known. */
export interface SpeedSample {
  /** As `circuitOf` names it. */
  readonly circuit: string;
  /** From sending to the first content. */
  readonly firstContentMs: number | null;
  readonly outputTokens: number | null;
  /** From sending to the end of the answer. */
  readonly durationMs: number | null;
}

interface Averages {
  readonly firstContentMs: number | null;
  readonly outputTokensPerSecond: number | null;
}

const unknown: Averages = { firstContentMs: null, outputTokensPerSecond: null };

// Models are named by callers: without a bound they could fill the memory.
const maxCircuits = 10_000;

/** How fast targets answered lately, as moving averages. In memory, of the 10,000 circuits that were heard of last. */
export class TargetSpeeds {
  readonly #circuits = new Map<string, Averages>();

  observe({ circuit, firstContentMs, outputTokens, durationMs }: SpeedSample): void {
    const before = this.#circuits.get(circuit) ?? unknown;
    const perSecond =
      outputTokens === null || durationMs === null || durationMs <= 0 ? null : (outputTokens * 1_000) / durationMs;
    this.#circuits.delete(circuit);
    this.#circuits.set(circuit, {
      firstContentMs: average(before.firstContentMs, firstContentMs),
      outputTokensPerSecond: average(before.outputTokensPerSecond, perSecond),
    });
    if (this.#circuits.size <= maxCircuits) return;
    for (const oldest of this.#circuits.keys()) {
      this.#circuits.delete(oldest);
      return;
    }
  }

  /** Milliseconds from sending to the first content; `null` before the first answer. */
  firstContentMs(circuit: string): number | null {
    return this.#circuits.get(circuit)?.firstContentMs ?? null;
  }

  /** Over whole answers, the wait for their first content included; `null` before the first whose tokens are known. */
  outputTokensPerSecond(circuit: string): number | null {
    return this.#circuits.get(circuit)?.outputTokensPerSecond ?? null;
  }
}

function average(before: number | null, sample: number | null): number | null {
  if (sample === null) return before;
  return before === null ? sample : before * 0.8 + sample * 0.2;
}
