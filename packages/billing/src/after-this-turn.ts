/**
 * Runs something right after the events of this turn. Where there is nothing that does so, a timer does it about a millisecond
 * later.
 */
export const afterThisTurn: (run: () => void) => void = globalThis.setImmediate ?? ((run) => setTimeout(run, 0));
