import type { GatewayError } from "./gateway-error.ts";

/** Lower-case names; repeated headers are joined by a comma. */
export type WireHeaders = Readonly<Record<string, string>>;

/** One HTTP request to a vendor. */
export interface WireRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** Absolute. */
  readonly url: string;
  readonly headers: WireHeaders;
  readonly body: Uint8Array | string | null;
}

/** The head of a vendor's reply, and its body as it arrives. */
export interface WireReply {
  readonly status: number;
  readonly headers: WireHeaders;
  /**
   * Whole or in pieces. Reading slowly slows the sender; leaving the loop early closes the connection.
   * Throws `GatewayError`: `connection_failed` when it is reset or ends short of its declared length, `timed_out` when
   * nothing came for `idleTimeoutMs`, `aborted` after the call's signal.
   */
  readonly body: AsyncIterable<Uint8Array>;
}

/** The bounds of one attempt, all in milliseconds. */
export interface AttemptTimeouts {
  readonly connectTimeoutMs: number;
  /** From sending to the first content event of a stream, or to the end of an unstreamed reply. */
  readonly firstContentTimeoutMs: number;
  /** Between two bytes of a reply. */
  readonly idleTimeoutMs: number;
}

/**
 * How a provider package reaches the network.
 *
 * `send` resolves with the head, or rejects with a {@link GatewayError}: `connection_failed`, `timed_out` or `aborted`.
 * An aborted signal frees the socket at once.
 */
export interface Transport {
  send(
    request: WireRequest,
    options: { readonly signal: AbortSignal; readonly timeouts: AttemptTimeouts },
  ): Promise<WireReply>;
  /** Closes idle connections; calls under way fail with `aborted`. */
  close(): Promise<void>;
}
