const baseMs = 500;
const capMs = 8_000;

/**
 * How long to wait before try number `attempt` (1 for the first repetition) of the same target: capped exponential with full
 * jitter, so that callers that failed together do not come back together.
 *
 * @param random between 0 and 1
 */
export function backoffMs(attempt: number, random: number): number {
  return Math.round(Math.min(capMs, baseMs * 2 ** (attempt - 1)) * random);
}
