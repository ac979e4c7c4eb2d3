import { type ErrorCode, errorCodes } from "./error-code.ts";

const brand: unique symbol = Symbol.for("gw.error");

/** The vendor's own error reply, kept so that a caller who speaks its dialect gets it unchanged. */
export interface UpstreamReply {
  readonly status: number;
  /** Lower-case names; only those that a caller may see. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body as it came, at most 64 KiB of it. */
  readonly body: string;
}

export interface GatewayErrorOptions {
  /** Defaults to the upstream's status where there is one, else to the code's. */
  readonly httpStatus?: number;
  /** How long to wait before trying the same target again. */
  readonly retryAfterMs?: number;
  /** Overrides what the code says about another attempt. */
  readonly retry?: Partial<GatewayError["retry"]>;
  /** Name of the provider as configured. */
  readonly provider?: string;
  readonly upstream?: UpstreamReply;
  /** The vendor's id of the failed request. */
  readonly requestId?: string;
  /** The parameter at fault. */
  readonly param?: string;
  readonly cause?: unknown;
}

/**
 * The one error of gw. What failed is its `code`; the message is for people, holds no key and no prompt, and may change.
 *
 * Recognise it with {@link isGatewayError}: two copies of a package break `instanceof`.
 */
export class GatewayError extends Error {
  override readonly name = "GatewayError";
  readonly code: ErrorCode;
  readonly httpStatus: number;
  readonly retry: { readonly sameTarget: boolean; readonly nextTarget: boolean };
  readonly retryAfterMs: number | null;
  readonly provider: string | null;
  readonly upstream: UpstreamReply | null;
  readonly requestId: string | null;
  readonly param: string | null;
  readonly [brand] = true;

  constructor(code: ErrorCode, message: string, options: GatewayErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    const meaning = errorCodes[code];
    this.code = code;
    this.httpStatus = options.httpStatus ?? callerStatus(options.upstream?.status) ?? meaning.httpStatus;
    this.retry = {
      sameTarget: options.retry?.sameTarget ?? meaning.sameTarget,
      nextTarget: options.retry?.nextTarget ?? meaning.nextTarget,
    };
    this.retryAfterMs = options.retryAfterMs ?? null;
    this.provider = options.provider ?? null;
    this.requestId = options.requestId ?? null;
    this.param = options.param ?? null;
    this.upstream = options.upstream ?? null;
    // A vendor's words may repeat the prompt: whoever logs or serialises an error has to ask for them by name.
    Object.defineProperty(this, "upstream", { enumerable: false });
    Object.defineProperty(this, brand, { enumerable: false });
  }

  /** The same error, with the name of the provider it came from. */
  from(provider: string): GatewayError {
    return this.provider === null ? copyOf(this, provider, this.retryAfterMs) : this;
  }

  /** The same error, with this time after which another try makes sense, whatever the vendor said. */
  retryAfter(retryAfterMs: number): GatewayError {
    return copyOf(this, this.provider, retryAfterMs);
  }
}

// Outside the class: a bundler renames a class that mentions itself, and that name would stand in every log.
function copyOf(error: GatewayError, provider: string | null, retryAfterMs: number | null): GatewayError {
  const copy = new GatewayError(error.code, error.message, {
    httpStatus: error.httpStatus,
    retry: error.retry,
    cause: error.cause,
    ...(provider !== null && { provider }),
    ...(retryAfterMs !== null && { retryAfterMs }),
    ...(error.upstream !== null && { upstream: error.upstream }),
    ...(error.requestId !== null && { requestId: error.requestId }),
    ...(error.param !== null && { param: error.param }),
  });
  if (error.stack !== undefined) copy.stack = error.stack;
  return copy;
}

// An error that a vendor put into a 200 has no error status of its own to pass on.
function callerStatus(upstreamStatus: number | undefined): number | undefined {
  return upstreamStatus !== undefined && upstreamStatus >= 400 ? upstreamStatus : undefined;
}

/** True for a `GatewayError` of any copy of this package. */
export function isGatewayError(value: unknown): value is GatewayError {
  return typeof value === "object" && value !== null && (value as { [brand]?: unknown })[brand] === true;
}
