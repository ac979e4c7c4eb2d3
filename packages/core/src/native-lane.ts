import type { DialectId } from "./content.ts";
import type { JsonObject } from "./json.ts";
import type { Call } from "./provider.ts";
import type { FinishReason } from "./text-result.ts";
import type { WireHeaders } from "./transport.ts";
import type { Usage } from "./usage.ts";

/** A request in a dialect that the provider speaks itself. */
export interface NativeRequest {
  readonly dialect: DialectId;
  readonly operation: "generate" | "count-tokens";
  /** The vendor's own model id. */
  readonly model: string;
  readonly stream: boolean;
  /** The caller's body as it came, and as parsed once. They say the same. */
  readonly raw: Uint8Array;
  readonly body: JsonObject;
  /** The caller's headers that a vendor gives meaning to, such as beta switches. Never credentials. */
  readonly headers: WireHeaders;
}

/** One event of a vendor's stream, as its bytes came. */
export interface NativeFrame {
  /** The event's lines with the blank line that ends it. */
  readonly bytes: Uint8Array;
  /** True for text, reasoning, a tool call or a refusal: from here on the caller has part of the answer. */
  readonly content: boolean;
}

/** What the gateway must know of a reply that it passes on unread. */
export interface Observation {
  readonly id: string | null;
  readonly model: string | null;
  /** `null` until the answer has ended by the vendor's own account. */
  readonly finishReason: FinishReason | null;
  readonly usage: Usage;
}

/** A reply in the caller's dialect, the vendor's bytes untouched. */
export type NativeReply =
  | {
      readonly type: "whole";
      readonly status: number;
      readonly headers: WireHeaders;
      readonly bytes: Uint8Array;
      readonly observation: Observation;
    }
  | {
      readonly type: "stream";
      readonly status: number;
      readonly headers: WireHeaders;
      /**
       * What arrived together comes together. Ends only after a complete answer; throws `GatewayError` for an error event
       * (which is not yielded), `stream_truncated` for an end without a finish reason, and all that a transport throws.
       */
      readonly batches: AsyncIterable<readonly NativeFrame[]>;
      /** What has been seen so far; final after the last batch. */
      observation(): Observation;
    };

/** The way through a provider that translates nothing. */
export interface NativeLane {
  readonly dialects: readonly DialectId[];
  /** Whether this model takes requests of this kind in the dialect, where not all of them do; absent means that all do. */
  speaks?(dialect: DialectId, model: string, operation: NativeRequest["operation"]): boolean;
  /** Sends the request; resolves with the head of a successful reply. @throws {GatewayError} otherwise. */
  open(request: NativeRequest, call: Call): Promise<NativeReply>;
}
