/** Time, injected: tests and simulations bring their own. */
export interface Clock {
  /** Only differences mean anything; where processes share a health store, they have to share its zero too. */
  nowMs(): number;
  /** Runs something after a time, unless what it returns is called before. */
  after(ms: number, run: () => void): () => void;
}

// Longer timers fire at once in every runtime.
const maxTimerMs = 2_147_483_647;

/** The platform's monotonic clock. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, Math.min(ms, maxTimerMs));
    return () => clearTimeout(timer);
  },
};

/** Resolves after a time, or as soon as the signal aborts. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const wake = (): void => {
      cancel();
      signal.removeEventListener("abort", wake);
      resolve();
    };
    const cancel = clock.after(ms, wake);
    signal.addEventListener("abort", wake);
  });
}
