import type { Message, Part, TextRequest } from "@gw/core/types";
import { isReasoningOff, modelFamily } from "./model-family.ts";

const own = "openai-responses";

/** Which of the vendor's endpoints a request of the translated lane goes to. */
export type Api = "chat" | "responses";

/**
 * The endpoint that this request needs: the one that its model has, or the one that can say what it holds; else chat
 * completions, which knows more parameters.
 */
export function chooseApi(request: TextRequest): Api {
  const family = modelFamily(request.model);
  if (family.responsesOnly) return "responses";
  if (family.chatOnly || request.messages.some(holdsAudio)) return "chat";
  const toolsNeedIt = family.toolsNeedResponses && (request.tools?.length ?? 0) > 0 && !isReasoningOff(request);
  // Chat completions shows no reasoning at all.
  const wantsToSee = request.reasoning?.summary !== undefined || request.reasoning?.includeText === true;
  return toolsNeedIt || (wantsToSee && family.efforts.length > 0) || onlyResponsesCanSay(request)
    ? "responses"
    : "chat";
}

function onlyResponsesCanSay(request: TextRequest): boolean {
  return (
    request.previousResponseId !== undefined ||
    request.providerOptions?.[own] !== undefined ||
    request.tools?.some((tool) => tool.type === "vendor" && tool.origin === own) === true ||
    request.messages.some((message) => parts(message).some(isOnlyForResponses))
  );
}

function isOnlyForResponses(part: Part): boolean {
  switch (part.type) {
    case "opaque":
    case "reasoning":
      return part.origin === own;
    case "document":
      return part.source.type === "url";
    case "tool-result":
      // Chat completions takes nothing but text as a result (`ChatCompletionToolMessageParam`, openai SDK 7.55).
      return part.content.some(({ type }) => type !== "text");
    default:
      return part.providerOptions?.[own] !== undefined;
  }
}

function holdsAudio(message: Message): boolean {
  return parts(message).some(({ type }) => type === "audio");
}

function parts(message: Message): readonly Part[] {
  return message.content;
}
