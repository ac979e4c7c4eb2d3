/** Time, injected: tests and simulations bring their own. */
export interface Clock {
  /** Only differences mean anything; where a health store is shared by processes, so must its zero be. */
  nowMs(): number;
  /** Resolves after the time, or as soon as the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

// Longer timers fire at once in every runtime.
const maxTimerMs = 2_147_483_647;

/** The platform's monotonic clock. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const wake = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      const timer = setTimeout(wake, Math.min(ms, maxTimerMs));
      signal.addEventListener("abort", wake, { once: true });
    }),
};
