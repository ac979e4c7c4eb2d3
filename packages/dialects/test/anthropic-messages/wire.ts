import type { AssistantPart, JsonObject, Message, TextEvent, TextRequest, TextResult } from "@gw/core";
import { TextCollector } from "@gw/core";
import { type AnthropicMessagesQuirks, anthropicMessages, type Frame } from "@gw/dialects";

export type { JsonObject } from "@gw/core";
export type { Frame } from "@gw/dialects";

/** The events of a stream. */
export function decodeStream(frames: readonly Frame[], quirks?: AnthropicMessagesQuirks): TextEvent[] {
  const decoder = anthropicMessages.streamDecoder(quirks);
  return [...frames.flatMap((frame) => decoder.push(frame)), ...decoder.end()];
}

/** The answer that events describe. */
export function collect(events: readonly TextEvent[]): TextResult {
  const collector = new TextCollector();
  for (const event of events) collector.push(event);
  return collector.result();
}

/** The frames that events become for a caller. */
export function encodeStream(events: readonly TextEvent[]): Frame[] {
  const encoder = anthropicMessages.streamEncoder(context);
  return events.flatMap((event) => encoder.push(event));
}

/** The events that describe an answer, one part after the other. */
export function eventsOf(result: TextResult): TextEvent[] {
  const { id, model, content, logprobs: _logprobs, ...ending } = result;
  return [
    { type: "response-start", id, model },
    ...content.flatMap((part, index) => partEvents(part, index)),
    { type: "response-end", ...ending },
  ];
}

/** The events of one part; its words come in two deltas. */
export function partEvents(part: AssistantPart, index: number): TextEvent[] {
  switch (part.type) {
    case "text":
      return [
        { type: "text-start", index },
        ...halves(part.text).map((text): TextEvent => ({ type: "text-delta", index, text })),
        { type: "text-end", index, ...(part.providerOptions && { providerOptions: part.providerOptions }) },
      ];
    case "reasoning":
      return [
        { type: "reasoning-start", index, origin: part.origin, ...(part.id !== undefined && { id: part.id }) },
        ...halves(part.text).map((text): TextEvent => ({ type: "reasoning-delta", index, text })),
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
        ...halves(part.arguments).map(
          (fragment): TextEvent => ({ type: "tool-call-delta", index, arguments: fragment }),
        ),
        { type: "tool-call-end", index, ...(part.signature && { signature: part.signature }) },
      ];
    default:
      return [{ type: "part", index, part }];
  }
}

function halves(text: string): string[] {
  const middle = Math.ceil(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)].filter((half) => half !== "");
}

export const context = {
  id: "0123456789abcdef01234567",
  createdAtMs: 0,
  model: "some/model",
  requestBody: {} as JsonObject,
};

export const hi: Message = { role: "user", content: [{ type: "text", text: "hi" }] };

/** The body that a request becomes, and its notes as "<param> <outcome>". */
export function encode(request: Partial<TextRequest>, quirks?: AnthropicMessagesQuirks) {
  const given = { model: "m", messages: [hi], ...request };
  const { body, notes } = anthropicMessages.encodeRequest(given, { stream: false }, quirks);
  return { body, notes: notes.map(({ param, outcome }) => `${param} ${outcome}`) };
}
