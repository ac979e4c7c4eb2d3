/**
 * Server-sent events as elements of one JSON array that arrive one by one: how Gemini streams without `alt=sse`.
 *
 * One for each stream; whole events in, and at the end `close()`.
 */
export class JsonArray {
  #first = true;

  elements(events: Uint8Array): string {
    return Buffer.from(events.buffer, events.byteOffset, events.byteLength)
      .toString("utf8")
      .split(/\r\n\r\n|\n\n|\r\r/)
      .filter((event) => event !== "")
      .map((event) => {
        const data = event
          .split(/\r\n|\n|\r/)
          .filter((line) => line.startsWith("data:"))
          .map((line) => line.slice(5).trimStart())
          .join("\n");
        const separator = this.#first ? "[" : ",\r\n";
        this.#first = false;
        return separator + data;
      })
      .join("");
  }

  close(): string {
    return this.#first ? "[]" : "]";
  }
}
