/** How long a broken connection is worth another try. */
export interface Patience {
  /** Tries in a row that bring nothing. */
  readonly maxReconnects: number;
  /** From the break until no further try is begun. */
  readonly maxOutageMs: number;
}

const firstPauseMs = 100;
const maxPauseMs = 5_000;

/** Paces the tries to come back from one break. */
export class Outage {
  readonly #patience: Patience;
  #tries = 0;
  #beganAtMs = 0;

  constructor(patience: Patience) {
    this.#patience = patience;
  }

  /** Something came: the next break is a new one. */
  end(): void {
    this.#tries = 0;
  }

  /**
   * Waits before the next try: not at all before the first, then longer each time.
   *
   * @param cause the failure; thrown when no try is left
   * @param signal its reason is thrown once it is aborted
   */
  async pause(cause: unknown, signal: AbortSignal | null): Promise<void> {
    signal?.throwIfAborted();
    const { maxReconnects, maxOutageMs } = this.#patience;
    if (this.#tries === 0) this.#beganAtMs = performance.now();
    if (this.#tries >= maxReconnects || performance.now() - this.#beganAtMs > maxOutageMs) throw cause;
    this.#tries += 1;
    if (this.#tries === 1) return;
    // Half of it by chance: the clients of a gateway that went away must not come back all at once.
    const longestMs = Math.min(maxPauseMs, firstPauseMs * 2 ** (this.#tries - 2));
    await wait(longestMs * (0.5 + Math.random() / 2), signal);
  }
}

function wait(durationMs: number, signal: AbortSignal | null): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, durationMs);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
