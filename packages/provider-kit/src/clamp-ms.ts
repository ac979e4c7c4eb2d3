// Longer timers fire at once in every runtime.
const maxTimerMs = 2_147_483_647;

/** A bound of time that a timer can keep. */
export function clampMs(timeoutMs: number): number {
  return Math.min(timeoutMs, maxTimerMs);
}
