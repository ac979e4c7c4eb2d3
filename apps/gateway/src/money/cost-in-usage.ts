import { isJsonObject } from "@gw/core";
import { openAIChat } from "@gw/dialects";
import type { DecodedCall } from "../pipeline/decode.ts";
import type { DeliveryFrame } from "../pipeline/delivery-frame.ts";
import { usdText } from "./usd.ts";

/**
 * Puts `cost_usd` into the usage that a chat stream ends with, where the caller asked for one. In the native lane the vendor's bytes
 * stay as they came.
 *
 * @param costNanoUsd asked for when the usage is there; `null`: no price is known
 */
export async function* withCostInUsage(
  batches: AsyncIterable<readonly DeliveryFrame[]>,
  costNanoUsd: () => bigint | null,
): AsyncGenerator<readonly DeliveryFrame[]> {
  for await (const frames of batches) {
    yield frames.map((frame) => {
      const { bytes } = frame;
      if (typeof bytes !== "string" || !isUsage(bytes)) return frame;
      const cost = costNanoUsd();
      if (cost === null) return frame;
      return { ...frame, bytes: bytes.replace(usageStart, `${usageStart}"cost_usd":${usdText(cost)},`) };
    });
  }
}

/** Whether a call wants its usage at the end of a stream that has room for a cost. */
export function asksForUsage({ dialect, body: { stream_options: options } }: DecodedCall): boolean {
  return dialect === openAIChat.id && isJsonObject(options) && options.include_usage === true;
}

const usageStart = '"usage":{';

// A chunk without choices holds no text that could look like a usage.
function isUsage(text: string): boolean {
  return text.includes('"choices":[]') && text.includes(usageStart);
}
