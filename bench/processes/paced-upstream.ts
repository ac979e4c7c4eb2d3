import { createServer } from "node:http";
import { announce } from "./announce.ts";

// A vendor of chat streams as long as `max_tokens` says, each event in a write of its own: as fast as they are taken, or, where
// `seed` is given, one in so many milliseconds, for ever.

const usage = { prompt_tokens: 200, completion_tokens: 160, total_tokens: 360 };

function event(fields: object): string {
  const base = { id: "chatcmpl-bench", object: "chat.completion.chunk", created: 1_790_000_000, model: "bench" };
  return `data: ${JSON.stringify({ ...base, ...fields })}\n\n`;
}

function word(index: number): string {
  return event({ choices: [{ index: 0, delta: { content: `word${index} ` }, logprobs: null, finish_reason: null }] });
}

const server = createServer({ noDelay: true }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const body = JSON.parse(Buffer.concat(chunks).toString()) as { max_tokens: number; seed?: number };
    response.writeHead(200, { "content-type": "text/event-stream" });
    let next = 0;
    if (body.seed !== undefined) {
      response.write(word(next++));
      const timer = setInterval(() => response.write(word(next++)), body.seed);
      response.once("close", () => clearInterval(timer));
      return;
    }
    const write = (): void => {
      if (response.destroyed) return;
      if (next < body.max_tokens) {
        const isRoom = response.write(word(next++));
        if (isRoom) setImmediate(write);
        else response.once("drain", write);
        return;
      }
      response.write(event({ choices: [{ index: 0, delta: {}, logprobs: null, finish_reason: "stop" }] }));
      response.end(`${event({ choices: [], usage })}data: [DONE]\n\n`);
    };
    write();
  });
});
server.listen({ port: 0, host: "127.0.0.1", backlog: 4_096 }, () => announce(server));
