import type {
  Capabilities,
  DialectId,
  EmbedRequest,
  EmbedResult,
  GatewayError,
  JsonObject,
  JsonValue,
  ParamNote,
  TextRequest,
  WireHeaders,
  WireRequest,
} from "@gw/core/types";
import type { ErrorReply, NativeCodec, TextDialect } from "@gw/dialects";
import type { StreamFraming } from "./stream-framing.ts";

/** The side of a wire format that a vendor is met with. */
export type VendorCodec<Quirks = object> = Pick<
  TextDialect<Quirks>,
  "id" | "encodeRequest" | "decodeResult" | "streamDecoder" | "decodeError"
>;

/** A dialect, how this vendor departs from it for one model, and where to send it. */
export interface TextRoute<Quirks = object> {
  readonly dialect: VendorCodec<Quirks>;
  readonly quirks: Quirks;
  /** Joined to the base URL; begins with a slash. */
  readonly path: string;
}

/** One dialect that the vendor's own endpoints speak. */
export interface NativeRoute<Quirks = object> {
  readonly codec: NativeCodec<Quirks>;
  quirks(model: string): Quirks;
  /** The path of an operation, or `null` where the vendor has none. */
  path(
    model: string,
    options: { readonly stream: boolean; readonly operation: "generate" | "count-tokens" },
  ): string | null;
  /** Error replies are in a form of the vendor's, which callers of the dialect would not understand. */
  readonly hasForeignErrors?: boolean;
}

/** A request that is one body out and one body back. */
export interface SimpleExchange<Result> {
  readonly path: string;
  readonly body: JsonObject;
  readonly notes: readonly ParamNote[];
  /** @throws {GatewayError} `reply_malformed`. */
  read(body: JsonValue, headers: WireHeaders): Result;
  /** Reads an error answer, as the dialect spoken here does. */
  decodeError(reply: ErrorReply): GatewayError;
}

/**
 * A vendor as data and pure functions. `createProvider` adds everything that waits, retries nothing, and reads no clock on
 * the vendor's behalf.
 */
export interface ProviderDefinition {
  /** The name it goes by. */
  readonly id: string;
  readonly capabilities: Capabilities;
  /** Without a slash at the end. */
  readonly baseUrl: string;
  /** Sent with every request: credentials, versions. */
  readonly headers: WireHeaders;
  /** How streams are framed; server-sent events by default. */
  readonly framing?: StreamFraming;
  /**
   * The last hand on a request before it is sent, for credentials that depend on what it says.
   * @param nowMs the time now, since 1970
   */
  sign?(request: WireRequest, nowMs: number): Promise<WireRequest>;
  /** Strings that must never appear in an error. */
  readonly secrets: readonly string[];
  /** Names of the caller's headers that mean something to this vendor; all others stay here. */
  readonly forwardedHeaders: readonly string[];
  readonly text?: {
    /** Chosen per request: a vendor may have several endpoints, and its models their own refusals. */
    // biome-ignore lint/suspicious/noExplicitAny: the quirks belong to the dialect beside them
    route(request: TextRequest, options: { readonly stream: boolean }): TextRoute<any>;
    countTokens?(request: TextRequest): SimpleExchange<{ readonly inputTokens: number }>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: the quirks belong to the codec beside them
  readonly native?: Readonly<Record<DialectId, NativeRoute<any>>>;
  embed?(request: EmbedRequest): SimpleExchange<EmbedResult>;
  /** What only this vendor's replies say about an error that the dialect has read. */
  refineError?(error: GatewayError, reply: ErrorReply): GatewayError;
}
