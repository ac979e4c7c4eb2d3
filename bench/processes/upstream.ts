import { createServer } from "node:net";
import { announce } from "./announce.ts";

// A vendor as cheap as it can be, on bare sockets, so that it never is what a round measures. It answers OpenAI chat: whole,
// or as 200 events in 200 writes when the body asks for a stream.

const message = "A plain answer that is as long as answers to short questions tend to be. ".repeat(10);
const usage = { prompt_tokens: 200, completion_tokens: 160, total_tokens: 360 };
const body = JSON.stringify({
  id: "chatcmpl-bench",
  object: "chat.completion",
  created: 1_790_000_000,
  model: "bench",
  choices: [{ index: 0, message: { role: "assistant", content: message }, logprobs: null, finish_reason: "stop" }],
  usage,
});
const whole = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

const streamHead = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
const chunks = [
  ...Array.from({ length: 198 }, (_, index) =>
    event({ choices: [{ index: 0, delta: { content: `word${index} ` }, logprobs: null, finish_reason: null }] }),
  ),
  event({ choices: [{ index: 0, delta: {}, logprobs: null, finish_reason: "stop" }] }),
  event({ choices: [], usage }),
  "e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n",
];

function event(fields: object): string {
  const base = { id: "chatcmpl-bench", object: "chat.completion.chunk", created: 1_790_000_000, model: "bench" };
  const data = `data: ${JSON.stringify({ ...base, ...fields })}\n\n`;
  return `${Buffer.byteLength(data).toString(16)}\r\n${data}\r\n`;
}

const headEnd = Buffer.from("\r\n\r\n");

const server = createServer({ noDelay: true }, (socket) => {
  let pending: Buffer = Buffer.alloc(0);
  let streaming = false;
  socket.on("data", (data) => {
    pending = pending.length === 0 ? data : Buffer.concat([pending, data]);
    for (;;) {
      const end = pending.indexOf(headEnd);
      if (end === -1 || streaming) return;
      const length = Number(/content-length: *(\d+)/i.exec(pending.toString("latin1", 0, end))?.[1] ?? 0);
      if (pending.length < end + 4 + length) return;
      const stream = pending.subarray(end + 4, end + 4 + length).includes('"stream":true');
      pending = pending.subarray(end + 4 + length);
      if (!stream) socket.write(whole);
      else {
        streaming = true;
        socket.write(streamHead);
        let next = 0;
        const write = (): void => {
          if (socket.destroyed) return;
          socket.write(chunks[next] as string);
          next += 1;
          streaming = next < chunks.length;
          if (streaming) setImmediate(write);
        };
        write();
      }
    }
  });
  socket.on("error", () => socket.destroy());
});
server.listen(0, "127.0.0.1", () => announce(server));
