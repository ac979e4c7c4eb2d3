import assert from "node:assert/strict";
import type { TextEvent } from "@gw/core/types";

const kinds: Readonly<Record<string, { readonly kind: string; readonly step: "start" | "delta" | "end" }>> =
  Object.fromEntries(
    ["text", "reasoning", "refusal", "tool-call"].flatMap((kind) =>
      (["start", "delta", "end"] as const).map((step) => [`${kind}-${step}`, { kind, step }]),
    ),
  );

/**
 * Checks the grammar of a stream's events, as `TextEvent` states it.
 *
 * @throws {assert.AssertionError} naming the position of the first event that breaks it
 */
export function assertEventGrammar(events: readonly TextEvent[]): void {
  const open = new Map<number, string>();
  let begun = 0;
  for (const [position, event] of events.entries()) {
    const where = `event ${position} (${event.type})`;
    assert.equal(event.type === "response-start", position === 0, `${where}: response-start is the first event`);
    assert.equal(
      event.type === "response-end",
      position === events.length - 1,
      `${where}: response-end is the last event`,
    );
    if (event.type === "response-start" || event.type === "response-end") continue;

    const known = kinds[event.type];
    if (event.type === "part" || known?.step === "start") {
      assert.equal(event.index, begun, `${where}: parts are numbered in the order in which they begin`);
      begun += 1;
      if (known !== undefined) open.set(event.index, known.kind);
      if (event.type === "tool-call-start") {
        assert.notEqual(event.id, "", `${where}: a call has an id`);
        assert.notEqual(event.name, "", `${where}: a call has a name`);
      }
      continue;
    }
    assert.ok(known, `${where}: no such event`);
    assert.equal(open.get(event.index), known.kind, `${where}: part ${event.index} is open and of this kind`);
    if (known.step === "end") open.delete(event.index);
    else
      assert.notEqual(
        "text" in event ? event.text : "arguments" in event ? event.arguments : "",
        "",
        `${where}: a delta is not empty`,
      );
  }
  assert.ok(events.length > 0, "a stream has events");
  assert.deepEqual([...open.keys()], [], "every part is ended before response-end");
}
