/** A call under way. */
export interface RunningCall {
  readonly abort: AbortController;
  /** Resolves when its reply is delivered or given up. */
  readonly ended: Promise<void>;
}
