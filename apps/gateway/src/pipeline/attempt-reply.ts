import type { Observation, WireHeaders } from "@gw/core";
import type { DeliveryFrame } from "./delivery-frame.ts";

/** A target's answer, in the caller's dialect. */
export type AttemptReply =
  | {
      readonly type: "whole";
      readonly headers: WireHeaders;
      readonly body: Uint8Array | string;
      readonly observation: Observation;
    }
  | {
      readonly type: "stream";
      readonly headers: WireHeaders;
      readonly batches: AsyncIterable<readonly DeliveryFrame[]>;
      observation(): Observation;
    };
