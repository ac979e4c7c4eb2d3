// An event has its id first, and may have a comment next: neither stands inside of what JSON can hold.
const otherLines = /^(?:id: \d+|:[^\n]*)\n/gm;

/**
 * Server-sent events with no line but their data, for readers that know no other: `@google/genai` takes an event only where it
 * begins with `data:` (release 3.1.0, read 2026-11-29). The place of an event is then its index.
 */
export class DataLines {
  elements(events: Uint8Array): string {
    return Buffer.from(events.buffer, events.byteOffset, events.byteLength).toString("utf8").replace(otherLines, "");
  }

  close(): string {
    return "";
  }
}
