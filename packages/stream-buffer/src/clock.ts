/** Time, injected: tests bring their own. */
export interface Clock {
  /** Milliseconds since 1970: what is kept outlives the process. */
  nowMs(): number;
  /** Runs something after a time, unless what it returns is called before. It keeps no process alive. */
  after(ms: number, run: () => void): () => void;
}

/** The platform's clock. */
export const systemClock: Clock = {
  nowMs: Date.now,
  after: (ms, run) => {
    // Outside Node timers are numbers.
    const timer: { unref?(): void } | number = setTimeout(run, ms);
    if (typeof timer === "object") timer.unref?.();
    return () => clearTimeout(timer as NodeJS.Timeout);
  },
};
