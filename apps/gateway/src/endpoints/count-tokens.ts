import { GatewayError, type JsonObject, type TextRequest, unknownUsage } from "@gw/core";
import type { TextDialect } from "@gw/dialects";
import type { DecodedCall } from "../pipeline/decode.ts";
import { paramName } from "./text-endpoint.ts";

/** A call that only counts. Targets of another dialect count what the request becomes in theirs. */
export function countTokensCall(options: {
  readonly dialect: TextDialect;
  readonly raw: Uint8Array;
  readonly body: JsonObject;
  readonly model: string;
  readonly request: (body: JsonObject) => TextRequest;
  readonly encodeResult: (inputTokens: number) => JsonObject;
}): DecodedCall {
  const { dialect, raw, body, model } = options;
  return {
    modality: "text",
    operation: "count-tokens",
    dialect: dialect.id,
    model,
    stream: false,
    raw,
    body,
    framing: "sse",
    paramName: (neutral) => paramName(dialect, neutral),
    withBody: (next) => countTokensCall({ ...options, raw: Buffer.from(JSON.stringify(next)), body: next }),
    translate: async (target, call) => {
      const count = target.provider.text?.countTokens;
      if (count === undefined) {
        throw new GatewayError("unsupported_capability", `${target.provider.id} cannot count tokens`);
      }
      const { inputTokens } = await count({ ...options.request(body), model: target.model }, call);
      return {
        type: "whole",
        headers: {},
        body: JSON.stringify(options.encodeResult(inputTokens)),
        observation: { id: null, model: null, finishReason: null, usage: unknownUsage },
      };
    },
  };
}
