import type { AssistantPart, ReasoningPart, ToolCallPart } from "./content.ts";
import { GatewayError } from "./gateway-error.ts";
import type { JsonObject } from "./json.ts";
import type { TextEvent } from "./text-event.ts";
import type { TextResult } from "./text-result.ts";

type Building =
  | { type: "text" | "refusal"; text: string }
  | { -readonly [Key in keyof ReasoningPart]: ReasoningPart[Key] }
  | { -readonly [Key in keyof ToolCallPart]: ToolCallPart[Key] };

/**
 * Folds the events of a stream into the answer they describe.
 *
 * Feed it events in order; `result()` gives the answer once `response-end` has been fed.
 */
export class TextCollector {
  readonly #parts: (AssistantPart | Building)[] = [];
  #id: string | null = null;
  #model: string | null = null;
  #logprobs: JsonObject | null = null;
  #end: Extract<TextEvent, { type: "response-end" }> | null = null;

  push(event: TextEvent): void {
    switch (event.type) {
      case "response-start":
        this.#id = event.id;
        this.#model = event.model;
        break;
      case "text-start":
        this.#parts[event.index] = { type: "text", text: "" };
        break;
      case "refusal-start":
        this.#parts[event.index] = { type: "refusal", text: "" };
        break;
      case "reasoning-start":
        this.#parts[event.index] = {
          type: "reasoning",
          text: "",
          origin: event.origin,
          ...(event.id !== undefined && { id: event.id }),
        };
        break;
      case "tool-call-start":
        this.#parts[event.index] = { type: "tool-call", id: event.id, name: event.name, arguments: "" };
        break;
      case "text-delta":
        if (event.logprobs !== undefined) this.#logprobs = joinLogprobs(this.#logprobs, event.logprobs);
        (this.#parts[event.index] as { text: string }).text += event.text;
        break;
      case "refusal-delta":
      case "reasoning-delta":
        (this.#parts[event.index] as { text: string }).text += event.text;
        break;
      case "tool-call-delta":
        (this.#parts[event.index] as { arguments: string }).arguments += event.arguments;
        break;
      case "text-end":
      case "reasoning-end":
      case "tool-call-end": {
        const { type: _type, index, ...rest } = event;
        const part = Object.assign(this.#parts[index] as Building, rest);
        if (part.type === "tool-call" && part.arguments === "") part.arguments = "{}";
        break;
      }
      case "refusal-end":
        break;
      case "part":
        this.#parts[event.index] = event.part;
        break;
      case "response-end":
        this.#end = event;
        break;
    }
  }

  /** @throws {GatewayError} `stream_truncated` when no `response-end` came. */
  result(): TextResult {
    if (this.#end === null) throw new GatewayError("stream_truncated", "The stream ended before the answer did");
    const { type: _type, ...ending } = this.#end;
    return {
      id: this.#id,
      model: this.#model,
      content: this.#parts.filter((part) => part !== undefined) as AssistantPart[],
      ...(this.#logprobs !== null && { logprobs: this.#logprobs }),
      ...ending,
    };
  }
}

// A delta brings the log probabilities of its own tokens, as lists.
function joinLogprobs(sofar: JsonObject | null, more: JsonObject): JsonObject {
  const joined: JsonObject = { ...sofar };
  for (const [key, value] of Object.entries(more)) {
    const before = joined[key];
    joined[key] = Array.isArray(before) ? [...before, ...(Array.isArray(value) ? value : [])] : (value ?? null);
  }
  return joined;
}
