/**
 * A call that failed. What failed is its `code`, from the gateway's table of codes; the message is for people.
 *
 * Codes of the client itself: `connection_failed` (the gateway was not reached, or the connection broke),
 * `stream_truncated` (a stream ended before its terminator), `reply_malformed` (not an answer of a gateway).
 */
export class AIError extends Error {
  override readonly name = "AIError";
  readonly code: string;
  /** HTTP status, or `null` when none was seen or the failure came inside a stream. */
  readonly status: number | null;
  /** The gateway's id of the call, to find it in its log. */
  readonly requestId: string | null;

  constructor(
    code: string,
    message: string,
    facts: { readonly status?: number; readonly requestId?: string | null; readonly cause?: unknown } = {},
  ) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.status = facts.status ?? null;
    this.requestId = facts.requestId ?? null;
  }
}
