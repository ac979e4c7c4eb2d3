import type {
  DialectId,
  GatewayError,
  JsonObject,
  JsonValue,
  Observation,
  ParamNote,
  TextEvent,
  TextRequest,
  TextResult,
  Usage,
  WireHeaders,
} from "@gw/core/types";
import type { Frame } from "./frame.ts";

/** What a caller's body says. */
export interface DecodedRequest {
  readonly request: TextRequest;
  readonly stream: boolean;
  readonly notes: readonly ParamNote[];
}

/** A body for a vendor, and what could not be said in it as given. */
export interface EncodedRequest {
  readonly body: JsonObject;
  readonly notes: readonly ParamNote[];
}

/** What an answer cost, for its caller to read beside the usage. */
export interface AnswerCost {
  /** `null`: no price is known. */
  readonly costUsd: number | null;
  /** What the answer leaves of the spending limits in its scope; `null`: there is none. */
  readonly limitRemainingUsd: number | null;
}

/** What the gateway gives an answer of its own making: pure codecs have no clock and no randomness. */
export interface ReplyContext {
  /** 24 to 32 letters and digits, unique; codecs put the dialect's prefix before it. */
  readonly id: string;
  readonly createdAtMs: number;
  /** The model as the caller wrote it. */
  readonly model: string;
  /** The caller's body: some dialects echo parts of it, and it says which extras were asked for. */
  readonly requestBody: JsonObject;
  /** Asked each time that the usage of an answer is written, and said in it. */
  readonly costOf?: (usage: Usage) => AnswerCost;
}

/** Turns a vendor's frames into events. One per stream. */
export interface StreamDecoder {
  /** @throws {GatewayError} the vendor's error when the frame is one; `reply_malformed` when it is not of the format. */
  push(frame: Frame): TextEvent[];
  /**
   * What remains once the connection has ended.
   * @throws {GatewayError} `stream_truncated` when no finish reason had been seen.
   */
  end(): TextEvent[];
}

/** Turns events into the caller's frames. One per stream. */
export interface StreamEncoder {
  push(event: TextEvent): Frame[];
}

/** Watches a reply that is passed on as it came. One per reply. */
export interface ReplyObserver {
  /**
   * Looks at a frame.
   * @returns `content`: it holds text, reasoning, a tool call or a refusal; `hidden`: the gateway asked for it, not the caller.
   * @throws {GatewayError} the vendor's error when the frame is one.
   */
  frame(frame: Frame): { readonly content: boolean; readonly hidden: boolean };
  /** Looks at a whole unstreamed reply. */
  whole(body: JsonValue): void;
  /** @throws {GatewayError} `stream_truncated` when the stream has ended without a finish reason. */
  end(): void;
  observation(): Observation;
}

/** An error answer of a vendor, or what stood in its place. */
export interface ErrorReply {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** As it came: JSON, HTML or nothing. */
  readonly body: string;
}

/** What must differ in a body that otherwise goes to the vendor as it came. */
export interface NativePreparation {
  /** Top-level fields to set, in place of the caller's. */
  readonly set: Readonly<Record<string, JsonValue>>;
  /** Top-level fields to leave out. */
  readonly remove: readonly string[];
  /** Usage frames are the gateway's own wish: the observer hides them. */
  readonly hideUsage: boolean;
  /** What the caller asked for and does not get; absent means nothing. */
  readonly notes?: readonly ParamNote[];
}

/** What the native lane needs of a wire format, be it for text or for anything else. */
export interface NativeCodec<Quirks = object> {
  readonly id: DialectId;
  prepareNative(
    request: {
      readonly body: JsonObject;
      readonly model: string;
      readonly stream: boolean;
      /** The caller's headers that a vendor gives meaning to, for vendors who want them in the body. */
      readonly headers?: WireHeaders;
    },
    quirks?: Quirks,
  ): NativePreparation;
  observer(options: { readonly stream: boolean; readonly hideUsage: boolean }, quirks?: Quirks): ReplyObserver;
  /**
   * The frames for a caller who asked for a stream of a server that answered whole; absent where no server does.
   * @param request the caller's body
   */
  wholeAsStream?(answer: JsonValue, request: JsonObject): Frame[];
  /** Never throws: whatever came becomes an error with a code. Retry hints in headers are not read here. */
  decodeError(reply: ErrorReply, quirks?: Quirks): GatewayError;
  /** The body of an error answer to a caller who speaks this dialect. */
  encodeError(error: GatewayError, requestId: string): JsonObject;
  /**
   * The last frames of a stream that failed after its head was sent; nothing follows them.
   * @param usage what was counted until then, said in the dialect's own form as far as anything is known
   */
  errorFrames(error: GatewayError, requestId: string, usage?: Usage): Frame[];
}

/**
 * One wire format for text, from both sides. Pure: no I/O, clock, randomness or environment.
 *
 * `Quirks` is what a provider may declare about how it departs from the format; absent means by the book.
 */
export interface TextDialect<Quirks = object> extends NativeCodec<Quirks> {
  /** How this dialect's callers know a neutral parameter, for reporting what became of it. */
  readonly paramNames: Readonly<Partial<Record<keyof TextRequest, string>>>;
  /** Callers who ask for reasoning expect to see it, whether they say so or not: answers have a place for it. */
  readonly showsReasoning?: boolean;
  /**
   * @param url what the path says instead of the body, in dialects that do so
   * @throws {GatewayError} `invalid_request` with the path of the field in `param`
   */
  decodeRequest(body: JsonValue, url?: { readonly model: string; readonly stream: boolean }): DecodedRequest;
  /** @throws {GatewayError} `unsupported_capability` for content that cannot be said in this dialect. */
  encodeRequest(
    request: TextRequest,
    /** `headers`: the caller's, for vendors who want in the body what others take as a header. */
    options: { readonly stream: boolean; readonly headers?: WireHeaders },
    quirks?: Quirks,
  ): EncodedRequest;
  /** @throws {GatewayError} `reply_malformed`; or the vendor's error when the body is one. */
  decodeResult(body: JsonValue, quirks?: Quirks): TextResult;
  encodeResult(result: TextResult, context: ReplyContext): JsonObject;
  streamDecoder(quirks?: Quirks): StreamDecoder;
  streamEncoder(context: ReplyContext): StreamEncoder;
}
