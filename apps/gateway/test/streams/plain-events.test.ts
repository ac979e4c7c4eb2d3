import { GoogleGenAI } from "@google/genai";
import { afterAll, beforeAll, expect, it } from "vitest";
import { idsOf } from "./events.ts";
import { adminKey, type StreamGateway, startStreamGateway } from "./stream-gateway.ts";

const words = ["one ", "two ", "three"];
const path = "/v1beta/models/google/m:streamGenerateContent?alt=sse";
const body = { contents: [{ role: "user", parts: [{ text: "Say something." }] }] };
const sdk = { "x-goog-api-client": "google-genai-sdk/3.1.0" };

let gw: StreamGateway;
beforeAll(async () => {
  gw = await startStreamGateway({ commitAfterMs: 5 });
  gw.vendor.answers(async ({ response }) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const [index, text] of words.entries()) {
      const candidate = { content: { role: "model", parts: [{ text }] }, index: 0 };
      const end = index === words.length - 1 ? { finishReason: "STOP" } : {};
      response.write(`data: ${JSON.stringify({ candidates: [{ ...candidate, ...end }] })}\r\n\r\n`);
    }
    response.end();
  });
});
afterAll(() => gw.close());

it("Google's SDK reads a stream, also one whose head was late", async () => {
  const client = new GoogleGenAI({ apiKey: adminKey, httpOptions: { baseUrl: gw.url } });
  let text = "";
  for await (const chunk of await client.models.generateContentStream({
    model: "google/m",
    contents: "Say something.",
  })) {
    text += chunk.text;
  }
  expect(text).toBe(words.join(""));
});

it("who has ids in a stream that is kept has none in the SDK's", async () => {
  const plain = await gw.ask(path, { body, headers: sdk });
  expect(plain.text).not.toMatch(/^id:|^: gw-/m);
  expect(plain.text.match(/^data: /gm)).toHaveLength(words.length);
  const kept = await gw.ask(`/v1/streams/${plain.headers["gw-stream-id"]}`);
  expect(idsOf(kept.bytes)).toEqual([0, 1, 2]);
  expect(idsOf((await gw.ask(path, { body })).bytes)).toEqual([0, 1, 2]);
});
