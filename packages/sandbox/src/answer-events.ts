import type { AssistantPart, JsonObject, TextEvent, TextResult } from "@gw/core";
import { splitTokens } from "./tokens.ts";

/** The log probabilities of one token, in the form of OpenAI chat's `choices[].logprobs`. */
export type TokenLogprobs = (token: string) => JsonObject;

/** The events of a stream that folds to this answer, with one token a delta. */
export function answerEvents(result: TextResult, logprobs?: TokenLogprobs): TextEvent[] {
  const { id, model, content, logprobs: _logprobs, ...ending } = result;
  return [
    { type: "response-start", id, model },
    ...content.flatMap((part, index) => partEvents(part, index, logprobs)),
    { type: "response-end", ...ending },
  ];
}

function partEvents(part: AssistantPart, index: number, logprobs: TokenLogprobs | undefined): TextEvent[] {
  switch (part.type) {
    case "text":
      return [
        { type: "text-start", index },
        ...splitTokens(part.text).map(
          (text): TextEvent => ({ type: "text-delta", index, text, ...(logprobs && { logprobs: logprobs(text) }) }),
        ),
        { type: "text-end", index },
      ];
    case "refusal":
      return [
        { type: "refusal-start", index },
        ...splitTokens(part.text).map((text): TextEvent => ({ type: "refusal-delta", index, text })),
        { type: "refusal-end", index },
      ];
    case "reasoning":
      return [
        { type: "reasoning-start", index, origin: part.origin, ...(part.id !== undefined && { id: part.id }) },
        ...splitTokens(part.text).map((text): TextEvent => ({ type: "reasoning-delta", index, text })),
        {
          type: "reasoning-end",
          index,
          ...(part.signature !== undefined && { signature: part.signature }),
          ...(part.sealed !== undefined && { sealed: part.sealed }),
        },
      ];
    case "tool-call":
      return [
        { type: "tool-call-start", index, id: part.id, name: part.name },
        ...splitTokens(part.arguments).map((text): TextEvent => ({ type: "tool-call-delta", index, arguments: text })),
        { type: "tool-call-end", index, ...(part.signature && { signature: part.signature }) },
      ];
    default:
      return [{ type: "part", index, part }];
  }
}
