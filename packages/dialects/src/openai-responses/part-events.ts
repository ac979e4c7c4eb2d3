import type { AssistantPart, TextEvent } from "@gw/core/types";

/** The events of a part that is known whole. */
export function partEvents(part: AssistantPart, index: number): TextEvent[] {
  switch (part.type) {
    case "text":
    case "refusal":
      return [{ type: `${part.type}-start`, index }, ...restEvents(part, index, "")];
    case "reasoning":
      return [
        { type: "reasoning-start", index, origin: part.origin, ...(part.id !== undefined && { id: part.id }) },
        ...restEvents(part, index, ""),
      ];
    case "tool-call":
      return [{ type: "tool-call-start", index, id: part.id, name: part.name }, ...restEvents(part, index, "")];
    default:
      return [{ type: "part", index, part }];
  }
}

/** The events that remain of a part that has begun and of whose text `given` is out. */
export function restEvents(part: AssistantPart, index: number, given: string): TextEvent[] {
  const options = part.providerOptions === undefined ? {} : { providerOptions: part.providerOptions };
  switch (part.type) {
    case "text":
      return [...textRest("text", part.text, index, given), { type: "text-end", index, ...options }];
    case "refusal":
      return [...textRest("refusal", part.text, index, given), { type: "refusal-end", index }];
    case "reasoning":
      return [
        ...textRest("reasoning", part.text, index, given),
        {
          type: "reasoning-end",
          index,
          ...(part.signature !== undefined && { signature: part.signature }),
          ...(part.sealed !== undefined && { sealed: part.sealed }),
          ...options,
        },
      ];
    case "tool-call": {
      const end: TextEvent = {
        type: "tool-call-end",
        index,
        ...(part.signature !== undefined && { signature: part.signature }),
        ...options,
      };
      const rest = textBeyond(given, part.arguments);
      return rest === "" ? [end] : [{ type: "tool-call-delta", index, arguments: rest }, end];
    }
    default:
      return [];
  }
}

function textRest(kind: "text" | "refusal" | "reasoning", text: string, index: number, given: string): TextEvent[] {
  const rest = textBeyond(given, text);
  return rest === "" ? [] : [{ type: `${kind}-delta`, index, text: rest }];
}

/** What a whole text has after what was given of it; nothing where it goes another way, as what is out cannot be unsaid. */
function textBeyond(given: string, whole: string): string {
  return whole.startsWith(given) ? whole.slice(given.length) : "";
}
