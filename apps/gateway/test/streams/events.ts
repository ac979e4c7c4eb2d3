const blankLine = /\r\n\r\n|\n\n|\r\r/g;
const heartbeat = ": ka\n\n";

/** An event as it was sent, with the blank line that ends it. */
export interface SentEvent {
  /** `null` for a comment. */
  readonly id: number | null;
  readonly text: string;
  readonly data: string;
}

/** Whole events of a body, bytes as latin1 so that none is lost; heartbeats are left out. */
export function eventsOf(bytes: Uint8Array | string): SentEvent[] {
  const text = typeof bytes === "string" ? bytes : Buffer.from(bytes).toString("latin1");
  const events: SentEvent[] = [];
  let start = 0;
  for (const { index, 0: blank } of text.matchAll(blankLine)) {
    const event = text.slice(start, index + blank.length);
    start = index + blank.length;
    if (event === heartbeat) continue;
    const id = /^id: (\d+)\n/.exec(event)?.[1];
    const data = event
      .split(/\r\n|\n|\r/)
      .filter((line) => line.startsWith("data:"))
      .map((line) => line.slice(5).trimStart())
      .join("\n");
    events.push({ id: id === undefined ? null : Number(id), text: event, data });
  }
  return events;
}

/** What a reader has that was cut, and continues: all whole events, one after the other. */
export function joined(...parts: readonly (Uint8Array | string)[]): string {
  return parts
    .flatMap(eventsOf)
    .map(({ text }) => text)
    .join("");
}

/** The last event that a reader has; `null` where it has none. */
export function lastIdOf(bytes: Uint8Array | string): number | null {
  return eventsOf(bytes).at(-1)?.id ?? null;
}

/** Every id, in the order of the events. */
export function idsOf(bytes: Uint8Array | string): (number | null)[] {
  return eventsOf(bytes).map(({ id }) => id);
}
