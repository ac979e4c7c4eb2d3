import { GatewayError, type JsonObject } from "@gw/core";
import { openAIEmbeddings } from "@gw/dialects";
import { type DecodedCall, type Endpoint, modelOf } from "../pipeline/decode.ts";
import { parseBody } from "../pipeline/receive.ts";

/** `POST /v1/embeddings`. */
export const embeddings: Endpoint = {
  name: "embeddings",
  errors: openAIEmbeddings,
  decode: ({ raw }) => embedCall(raw, parseBody(raw)),
};

function embedCall(raw: Uint8Array, body: JsonObject): DecodedCall {
  const model = modelOf(body);
  return {
    modality: "embed",
    operation: "generate",
    dialect: openAIEmbeddings.id,
    model,
    stream: false,
    raw,
    body,
    framing: "sse",
    paramName: (neutral) => neutral,
    withBody: (next) => {
      const named = { ...next, model };
      return embedCall(Buffer.from(JSON.stringify(named)), named);
    },
    translate: async (target, call, context) => {
      const { embed } = target.provider;
      if (embed === undefined) {
        throw new GatewayError("unsupported_capability", `${target.provider.id} has no embedding models`);
      }
      const { request, encodingFormat } = openAIEmbeddings.decodeRequest(body);
      const result = await embed({ ...request, model: target.model }, call);
      return {
        type: "whole",
        headers: {},
        body: JSON.stringify(openAIEmbeddings.encodeResult(result, { model: context.model, encodingFormat })),
        observation: { id: null, model: result.model, finishReason: null, usage: result.usage },
      };
    },
  };
}
