import type { AssistantPart, TextEvent, TextResult } from "@gw/core";

/** A whole answer as the stream it could have been: folding the events gives it back. */
export function resultEvents(result: TextResult): TextEvent[] {
  const { id, model, content, logprobs, ...ending } = result;
  const events: TextEvent[] = [{ type: "response-start", id, model }];
  let firstLogprobs = logprobs;
  for (const [index, part] of content.entries()) {
    events.push(...partEvents(part, index, part.type === "text" ? firstLogprobs : undefined));
    if (part.type === "text") firstLogprobs = undefined;
  }
  events.push({ type: "response-end", ...ending });
  return events;
}

function partEvents(part: AssistantPart, index: number, logprobs: TextResult["logprobs"]): TextEvent[] {
  const providerOptions = part.providerOptions === undefined ? {} : { providerOptions: part.providerOptions };
  switch (part.type) {
    case "text":
      return [
        { type: "text-start", index },
        ...(part.text === ""
          ? []
          : [{ type: "text-delta", index, text: part.text, ...(logprobs !== undefined && { logprobs }) } as const]),
        { type: "text-end", index, ...providerOptions },
      ];
    case "refusal":
      return [
        { type: "refusal-start", index },
        ...(part.text === "" ? [] : [{ type: "refusal-delta", index, text: part.text } as const]),
        { type: "refusal-end", index },
      ];
    case "reasoning":
      return [
        { type: "reasoning-start", index, origin: part.origin, ...(part.id !== undefined && { id: part.id }) },
        ...(part.text === "" ? [] : [{ type: "reasoning-delta", index, text: part.text } as const]),
        {
          type: "reasoning-end",
          index,
          ...(part.signature !== undefined && { signature: part.signature }),
          ...(part.sealed !== undefined && { sealed: part.sealed }),
          ...providerOptions,
        },
      ];
    case "tool-call": {
      const signed = part.signature === undefined ? {} : { signature: part.signature };
      return [
        { type: "tool-call-start", index, id: part.id, name: part.name, ...signed },
        ...(part.arguments === "" ? [] : [{ type: "tool-call-delta", index, arguments: part.arguments } as const]),
        { type: "tool-call-end", index, ...signed, ...providerOptions },
      ];
    }
    default:
      return [{ type: "part", index, part }];
  }
}
