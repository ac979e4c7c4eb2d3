import { type Call, type DialectId, GatewayError, type JsonObject, type Modality, type Usage } from "@gw/core";
import type { Frame, ReplyContext } from "@gw/dialects";
import type { AttemptReply } from "./attempt-reply.ts";
import type { Target } from "./resolve.ts";

/** How failures are told to a caller. */
export interface ErrorVoice {
  /** The dialect whose form it is, if any: what a vendor itself says in that dialect is not put into other words. */
  readonly id?: DialectId;
  encodeError(error: GatewayError, requestId: string): JsonObject;
  errorFrames(error: GatewayError, requestId: string, usage?: Usage): Frame[];
}

/** How a reply is framed on its way to the caller; `sse-data`: events without ids and comments inside. */
export type Framing = "sse" | "sse-data" | "json-array";

/** A call as its endpoint understands it, before anybody is asked to answer. */
export interface DecodedCall {
  readonly modality: Modality;
  readonly operation: "generate" | "count-tokens";
  /** The wire format of the body: targets that speak it get the body as it is. */
  readonly dialect: DialectId;
  /** The model string as written. */
  readonly model: string;
  readonly stream: boolean;
  readonly raw: Uint8Array;
  readonly body: JsonObject;
  readonly framing: Framing;
  /** The same call with another body. */
  withBody(body: JsonObject): DecodedCall;
  /** Answers through the neutral types, for targets that do not speak the dialect. */
  translate(target: Target, call: Call, context: ReplyContext): Promise<AttemptReply>;
  /** How this dialect's callers know a neutral parameter. */
  paramName(neutral: string): string;
  /** What is put around a whole answer; nothing by default. */
  readonly envelope?: (body: Uint8Array | string) => Uint8Array | string;
  /** Metadata for the gateway, where the endpoint has a field for it. */
  readonly metadata?: unknown;
}

/** A request as it arrived, over HTTP or in process. */
export interface Incoming {
  readonly raw: Uint8Array;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly query: URLSearchParams | null;
  /** The part of the path that the route leaves open, decoded. */
  readonly rest: string;
}

/** One address of the data plane. */
export interface Endpoint {
  /** In metrics and logs. */
  readonly name: string;
  readonly errors: ErrorVoice;
  /** @throws {GatewayError} `invalid_request` and `model_string_malformed`. */
  decode(incoming: Incoming): DecodedCall;
}

/**
 * The `model` field of a body; the first of `models` where there is no such field.
 *
 * @throws {GatewayError} `invalid_request` when it is missing or no text.
 */
export function modelOf(body: JsonObject): string {
  const model = body.model ?? (Array.isArray(body.models) ? body.models[0] : undefined);
  if (typeof model !== "string" || model === "") {
    throw new GatewayError("invalid_request", "model is required and must be a string", { param: "model" });
  }
  return model;
}

/** The `stream` field of a body. @throws {GatewayError} `invalid_request` when it is no boolean. */
export function streamOf(body: JsonObject): boolean {
  if (body.stream === undefined || body.stream === null) return false;
  if (typeof body.stream !== "boolean") {
    throw new GatewayError("invalid_request", "stream must be a boolean", { param: "stream" });
  }
  return body.stream;
}
