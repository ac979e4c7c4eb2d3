import { GatewayError, type TextCapabilities, type TextRequest } from "@gw/core";

const media = { image: "imageInput", document: "documentInput", audio: "audioInput", video: "videoInput" } as const;

/**
 * Refuses what the provider declares it cannot do, before anything is sent: its wire format may well have words for it.
 *
 * @throws {GatewayError} `unsupported_capability` naming the place.
 */
export function checkCapabilities(request: TextRequest, capabilities: TextCapabilities | undefined): void {
  if (capabilities === undefined) return;
  if (!capabilities.tools && request.tools !== undefined && request.tools.length > 0) throw refusal("tools", "tools");
  for (const [index, message] of request.messages.entries()) {
    for (const part of message.content) {
      const kinds = part.type === "tool-result" ? part.content.map(({ type }) => type) : [part.type];
      for (const kind of kinds) {
        if (kind in media && !capabilities[media[kind as keyof typeof media]]) {
          throw refusal(`messages.${index}.content`, `${kind} input`);
        }
      }
    }
  }
}

function refusal(param: string, what: string): GatewayError {
  return new GatewayError("unsupported_capability", `The provider does not take ${what}`, { param });
}
