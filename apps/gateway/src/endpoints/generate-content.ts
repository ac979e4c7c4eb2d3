import { GatewayError } from "@gw/core";
import { decodeGeminiCountTokensRequest, encodeGeminiCountTokensResult, gemini } from "@gw/dialects";
import type { Endpoint, Framing, Incoming } from "../pipeline/decode.ts";
import { parseBody } from "../pipeline/receive.ts";
import { countTokensCall } from "./count-tokens.ts";
import { textCall } from "./text-endpoint.ts";

/** `POST /v1beta/models/{model}:{method}`, where the model may hold slashes. */
export const generateContent: Endpoint = {
  name: "generateContent",
  errors: gemini,
  decode: ({ raw, rest, query, headers }) => {
    const colon = rest.lastIndexOf(":");
    const model = rest.slice(0, colon);
    const method = rest.slice(colon + 1);
    const body = parseBody(raw);
    if (colon > 0 && method === "generateContent")
      return textCall(gemini, raw, body, { url: { model, stream: false } });
    if (colon > 0 && method === "streamGenerateContent") {
      const framing = query?.get("alt") === "sse" ? eventFraming(headers) : "json-array";
      return textCall(gemini, raw, body, { url: { model, stream: true }, framing });
    }
    if (colon > 0 && method === "countTokens") {
      return countTokensCall({
        dialect: gemini,
        raw,
        body,
        model,
        request: (asked) => decodeGeminiCountTokensRequest(asked, { model }).request,
        encodeResult: encodeGeminiCountTokensResult,
      });
    }
    throw new GatewayError(
      "not_found",
      "The path must end in :generateContent, :streamGenerateContent or :countTokens",
    );
  },
};

/** The format's own SDK, which names itself in this header, takes events for what they are only without ids. */
function eventFraming(headers: Incoming["headers"]): Framing {
  return headers["x-goog-api-client"] === undefined ? "sse" : "sse-data";
}
