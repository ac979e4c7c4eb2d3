import { anthropicMessages, encodeCountTokensResult } from "@gw/dialects";
import { type Endpoint, modelOf } from "../pipeline/decode.ts";
import { parseBody } from "../pipeline/receive.ts";
import { countTokensCall } from "./count-tokens.ts";

/** `POST /v1/messages/count_tokens`. */
export const messagesCountTokens: Endpoint = {
  name: "messages/count_tokens",
  errors: anthropicMessages,
  decode: ({ raw }) => {
    const body = parseBody(raw);
    return countTokensCall({
      dialect: anthropicMessages,
      raw,
      body,
      model: modelOf(body),
      request: (asked) => anthropicMessages.decodeRequest(asked).request,
      encodeResult: encodeCountTokensResult,
    });
  },
};
