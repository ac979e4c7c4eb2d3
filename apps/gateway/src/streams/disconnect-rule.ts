/** What becomes of a streamed call when nobody reads it any more. */
export interface DisconnectRule {
  readonly mode: "detach" | "cancel";
  /** How long the call goes on without a reader; `null` leaves it to the mode. */
  readonly graceMs: number | null;
}

const maxGraceSeconds = 86_400;

/** Reads `detach` or `cancel`, with `;grace=SECONDS` where wanted; `null` when it is neither. */
export function parseDisconnectRule(text: string): DisconnectRule | null {
  const [, mode, seconds] = /^(detach|cancel)(?:;\s*grace=(\d{1,5}))?$/.exec(text.trim()) ?? [];
  if (mode === undefined || Number(seconds ?? 0) > maxGraceSeconds) return null;
  return { mode: mode as DisconnectRule["mode"], graceMs: seconds === undefined ? null : Number(seconds) * 1_000 };
}
