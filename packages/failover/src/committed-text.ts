import { beginsAnswer, GatewayError, type TextEvent } from "@gw/core";

/** A stream of text whose first content is there. */
export interface CommittedText {
  /** What came before the first content, and that. */
  readonly held: readonly TextEvent[];
  readonly rest: AsyncIterator<TextEvent>;
}

/**
 * Reads a stream as far as its first content, or its end where it has none.
 *
 * @throws what the stream throws before; `stream_truncated` when it just ends.
 */
export async function commitText(stream: AsyncIterable<TextEvent>): Promise<CommittedText> {
  const rest = stream[Symbol.asyncIterator]();
  const held: TextEvent[] = [];
  for (;;) {
    const step = await rest.next();
    if (step.done === true) throw new GatewayError("stream_truncated", "The stream ended before the answer began");
    held.push(step.value);
    if (beginsAnswer(step.value)) return { held, rest };
  }
}
