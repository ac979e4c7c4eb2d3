import { describe, expect, it } from "vitest";
import { readEvents } from "../src/read-events.ts";

const encoder = new TextEncoder();

function bodyOf(pieces: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
}

async function collect(pieces: readonly Uint8Array[]): Promise<unknown[]> {
  const chunks: unknown[] = [];
  for await (const chunk of readEvents(bodyOf(pieces), { requestId: "req_1" })) chunks.push(chunk);
  return chunks;
}

describe("readEvents", () => {
  const expected = [{ response: "grüß" }, { response: "🙂", n: 2 }];
  const text =
    ': hello\r\nid: 1\r\ndata: {"response":"grüß"}\r\n\r\nevent: x\ndata: {"response":"🙂",\ndata: "n":2}\n\ndata:[DONE]\n\n';
  const bytes = encoder.encode(text);

  it("gives the same chunks wherever the bytes are cut", async () => {
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      expect(await collect([bytes.slice(0, cut), bytes.slice(cut)])).toEqual(expected);
    }
    expect(await collect([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(expected);
  });

  it.each([
    ["an end without [DONE]", 'data: {"response":"a"}\n\n', "stream_truncated"],
    ["an event cut in half", 'data: {"response":"a"}', "stream_truncated"],
    ["nothing at all", "", "stream_truncated"],
    ["an error event", 'data: {"error":{"code":"overloaded","message":"busy","partial":true}}\n\n', "overloaded"],
    ["a chunk that is not JSON", "data: <html>\n\n", "reply_malformed"],
  ])("throws for %s", async (_name, stream, code) => {
    await expect(collect([encoder.encode(stream)])).rejects.toMatchObject({
      name: "AIError",
      code,
      requestId: "req_1",
    });
  });

  it.each([
    ["a finish reason", '{"choices":[{"finish_reason":"stop"}]}'],
    ["a finish reason and a usage", '{"choices":[{"finish_reason":"length"}]}\n\ndata: {"choices":[],"usage":{}}'],
    ["the finish reason of a prompt", '{"response":"","finish_reason":"stop"}'],
    ["a completed response", '{"type":"response.completed"}'],
    ["an incomplete response", '{"type":"response.incomplete"}'],
  ])("takes %s for the end, where nothing more comes", async (_name, last) => {
    expect((await collect([encoder.encode(`data: {"a":1}\n\ndata: ${last}\n\n`)])).length).toBeGreaterThan(1);
  });

  it("cancels the body when its reader leaves", async () => {
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(encoder.encode('data: {"response":"a"}\n\n')),
      cancel: () => {
        cancelled = true;
      },
    });
    for await (const _chunk of readEvents(body, { requestId: null })) break;
    expect(cancelled).toBe(true);
  });
});
