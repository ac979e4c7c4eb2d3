import type { TextEvent } from "./text-event.ts";

/**
 * Whether the caller has part of the answer once it has this event: text, reasoning, a refusal, a tool call or another part.
 * The end counts too: an empty answer is one. What fails before such an event can still be tried elsewhere unseen.
 */
export function beginsAnswer({ type }: TextEvent): boolean {
  switch (type) {
    case "text-delta":
    case "reasoning-delta":
    case "refusal-delta":
    case "tool-call-start":
    case "part":
    case "response-end":
      return true;
    default:
      return false;
  }
}
