import { type AttemptTimeouts, type Call, GatewayError, isGatewayError } from "@gw/core";
import { clampMs } from "./clamp-ms.ts";
import { redactError } from "./redact.ts";

/** Who sends: what every attempt of a provider shares. */
export interface Sender {
  readonly id: string;
  readonly secrets: readonly string[];
}

/** One call on its way: its abort signal, the clock of its first content, and the last word on its errors. */
export class Attempt {
  readonly timeouts: AttemptTimeouts;
  /** The vendor's id of the request, once its reply has begun. */
  requestId: string | null = null;
  readonly #sender: Sender;
  readonly #caller: AbortSignal | undefined;
  readonly #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sent = false;
  #ended = false;

  constructor(sender: Sender, call: Call, timeouts: AttemptTimeouts) {
    this.#sender = sender;
    this.timeouts = timeouts;
    this.#caller = call.signal;
    if (call.signal?.aborted === true) this.handleEvent();
    else call.signal?.addEventListener("abort", this);
  }

  /** Aborted by the caller, by a bound of time that passed, or by leaving. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** True when it was the caller who ended it. */
  get isCancelled(): boolean {
    return this.#caller?.aborted === true;
  }

  /** The caller's signal fired. */
  handleEvent(): void {
    this.#controller.abort(new GatewayError("aborted", "The caller cancelled the call"));
  }

  /** From now on the request may be with the vendor, and the clock runs. */
  start(): void {
    this.#sent = true;
    this.limit(this.timeouts.firstContentTimeoutMs, "No content came");
  }

  /** Sets the clock anew: after `timeoutMs` the attempt fails with `timed_out`. */
  limit(timeoutMs: number, what: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(expire, clampMs(timeoutMs), this.#controller, what, timeoutMs);
  }

  /** The first content is there: from here on only silence is bounded. */
  contentSeen(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Everything was read. */
  end(): void {
    this.#ended = true;
    this.contentSeen();
    this.#caller?.removeEventListener("abort", this);
  }

  /** Ends it wherever it is; what is still open is closed. */
  leave(): void {
    if (this.#ended) return;
    this.end();
    this.#controller.abort(new GatewayError("aborted", "The reply was not read to its end"));
  }

  /** What the caller is told: an error of ours, with the provider's name and without its secrets. */
  failure(error: unknown): GatewayError {
    const known = isGatewayError(error)
      ? error
      : this.#sent
        ? new GatewayError("reply_malformed", "The reply could not be read", { cause: error })
        : new GatewayError("internal_error", "The request could not be written", { cause: error });
    return redactError(known, this.#sender.secrets, {
      provider: this.#sender.id,
      ...(this.requestId !== null && { requestId: this.requestId }),
    });
  }
}

function expire(controller: AbortController, what: string, timeoutMs: number): void {
  controller.abort(new GatewayError("timed_out", `${what} within ${timeoutMs} ms`));
}
