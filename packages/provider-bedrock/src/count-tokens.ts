import { GatewayError, isJsonObject, type JsonObject, type JsonValue, type TextRequest } from "@gw/core";
import { errorFromReply } from "@gw/dialects";
import type { SimpleExchange } from "@gw/provider-kit";
import { base64FromText } from "./base64.ts";
import { claudeMessages, messagesQuirks } from "./claude-messages.ts";
import { converse } from "./converse/converse.ts";

/**
 * The count of a request's input: as the invocation that it would be, or the parts of Converse that are counted.
 *
 * @see @aws-sdk/client-bedrock-runtime 3.1162 `CountTokensInput`; not recorded
 */
export function countTokens(
  request: TextRequest,
  options: { readonly path: string; readonly api: "invoke" | "converse" },
): SimpleExchange<{ readonly inputTokens: number }> {
  const { body, notes } =
    options.api === "invoke"
      ? claudeMessages.encodeRequest(request, { stream: false }, messagesQuirks(request.model))
      : converse.encodeRequest(request, { stream: false });
  const input =
    options.api === "invoke"
      ? { invokeModel: { body: base64FromText(JSON.stringify(body)) } }
      : { converse: counted(body) };
  return { path: options.path, body: { input }, notes, read, decodeError: (reply) => errorFromReply(reply) };
}

function counted(body: JsonObject): JsonObject {
  const fields = ["messages", "system", "toolConfig", "additionalModelRequestFields"];
  return Object.fromEntries(Object.entries(body).filter(([field]) => fields.includes(field)));
}

function read(body: JsonValue): { readonly inputTokens: number } {
  if (isJsonObject(body) && typeof body.inputTokens === "number") return { inputTokens: body.inputTokens };
  throw new GatewayError("reply_malformed", "The vendor's count has no inputTokens");
}
