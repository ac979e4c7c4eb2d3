import { GatewayError, type TextRequest } from "@gw/core";
import { type AnthropicMessagesQuirks, anthropicMessages, claudeQuirks, type TextDialect } from "@gw/dialects";
import { type Betas, betasOf } from "./betas.ts";

/** @see AWS's page on Claude's Messages parameters, read 2026-11-20; recorded 2025 */
const version = "bedrock-2023-05-31";

/**
 * The Messages format as an invocation carries it: the model and whether to stream are said by the path, the version and the
 * beta switches by the body.
 *
 * @see AWS's page on Claude's Messages parameters, read 2026-11-20 (its address is in `test/wire/source.json`); recorded 2025
 */
export const claudeMessages: TextDialect<AnthropicMessagesQuirks> = {
  ...anthropicMessages,
  encodeRequest(request, options, quirks) {
    refuseReferences(request);
    const encoded = anthropicMessages.encodeRequest(request, options, quirks);
    const { model: _model, stream: _stream, ...body } = encoded.body;
    const betas = betasOf(options.headers, body.anthropic_beta);
    return { body: { ...body, ...ownFields(betas) }, notes: [...encoded.notes, ...betas.notes] };
  },
  prepareNative(request, quirks) {
    const { set, remove, hideUsage } = anthropicMessages.prepareNative(request, quirks);
    const { model: _model, ...kept } = set;
    const betas = betasOf(request.headers, request.body.anthropic_beta);
    return {
      set: { ...kept, ...ownFields(betas) },
      remove: [...remove, "model", "stream"],
      hideUsage,
      notes: betas.notes,
    };
  },
};

/** How a Claude model departs from the Messages format here: service tiers are Anthropic's own. */
export function messagesQuirks(model: string): AnthropicMessagesQuirks {
  const quirks = claudeQuirks(model);
  return { ...quirks, refusedParams: [...(quirks.refusedParams ?? []), "serviceTier"] };
}

function ownFields({ list }: Betas): { readonly anthropic_version: string; readonly anthropic_beta?: string[] } {
  return { anthropic_version: version, ...(list.length > 0 && { anthropic_beta: [...list] }) };
}

/** Media have to be in the request: nothing is fetched, and there are no files to name. @see Anthropic's page on vision */
function refuseReferences(request: TextRequest): void {
  for (const message of request.messages) {
    for (const part of message.content) {
      const inner = part.type === "tool-result" ? part.content : [part];
      for (const { type, ...item } of inner) {
        if (!("source" in item) || (item.source.type !== "url" && item.source.type !== "file")) continue;
        throw new GatewayError("unsupported_capability", `The bytes of this ${type} must be in the request itself`, {
          param: "messages",
        });
      }
    }
  }
}
