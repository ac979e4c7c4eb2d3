import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createAI, resumingFetch } from "../src/index.ts";

let server: Server | null = null;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function gateway(answer: RequestListener): Promise<string> {
  server = createServer(answer);
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString("utf8"));
}

describe("createAI", () => {
  it("sends model, input, gateway and metadata, and gives the result", async () => {
    let seen: unknown;
    const baseURL = await gateway(async (request, response) => {
      seen = {
        path: request.url,
        key: request.headers.authorization,
        session: request.headers["gw-session-id"],
        body: await bodyOf(request),
      };
      const result = {
        response: "A company.",
        finish_reason: "stop",
        usage: { prompt_tokens: 4, completion_tokens: 3, total_tokens: 7 },
      };
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ success: true, result, errors: [], messages: [] }));
    });
    const ai = createAI({ baseURL: `${baseURL}/`, apiKey: "gw_test" });
    const answer = await ai.run(
      "anthropic/claude-opus-4-6",
      { input: "What is Cloudflare?" },
      { gateway: { id: "default" }, metadata: { teamId: "AI" }, sessionId: "s1" },
    );
    expect(answer.response).toBe("A company.");
    expect(answer.usage.total_tokens).toBe(7);
    expect(seen).toEqual({
      path: "/ai/run",
      key: "Bearer gw_test",
      session: "s1",
      body: {
        model: "anthropic/claude-opus-4-6",
        input: { input: "What is Cloudflare?" },
        options: { gateway: { id: "default" } },
        metadata: { teamId: "AI" },
      },
    });
  });

  it("streams chunks", async () => {
    const baseURL = await gateway((_request, response) => {
      response.setHeader("content-type", "text/event-stream; charset=utf-8");
      response.end('data: {"response":"one "}\n\ndata: {"response":"two"}\n\ndata: [DONE]\n\n');
    });
    const stream = await createAI({ baseURL, apiKey: "k" }).run("a/b", { prompt: "count", stream: true });
    let text = "";
    for await (const chunk of stream) text += chunk.response;
    expect(text).toBe("one two");
  });

  it.each([
    [
      "the envelope's error",
      402,
      '{"success":false,"result":null,"errors":[{"code":"budget_exceeded","message":"no"}],"messages":[]}',
      "budget_exceeded",
    ],
    ["a page that is not JSON", 502, "<html>", "reply_malformed"],
    ["a success that is no envelope", 200, "{}", "reply_malformed"],
  ])("rejects with %s", async (_name, status, body, code) => {
    const baseURL = await gateway((_request, response) => {
      response.writeHead(status, { "content-type": "application/json", "gw-request-id": "req_9" });
      response.end(body);
    });
    await expect(createAI({ baseURL, apiKey: "k" }).run("a/b", "hello")).rejects.toMatchObject({
      code,
      status,
      requestId: "req_9",
    });
  });

  it("rejects with connection_failed when nobody listens, and when the stream breaks", async () => {
    const baseURL = await gateway((_request, response) => {
      response.setHeader("content-type", "text/event-stream");
      response.write('data: {"response":"one "}\n\n', () => response.destroy());
    });
    const stream = await createAI({ baseURL, apiKey: "k" }).run("a/b", { prompt: "count", stream: true });
    const reading = (async () => {
      for await (const _chunk of stream);
    })();
    await expect(reading).rejects.toMatchObject({ code: "connection_failed" });
    server?.close();
    const fetch = resumingFetch({ maxReconnects: 1 });
    await expect(
      createAI({ baseURL: "http://127.0.0.1:1", apiKey: "k", fetch }).run("a/b", "hello"),
    ).rejects.toMatchObject({
      code: "connection_failed",
    });
  });

  it("rejects with the signal's own reason", async () => {
    const baseURL = await gateway(() => {});
    const controller = new AbortController();
    const call = createAI({ baseURL, apiKey: "k" }).run("a/b", "hello", { signal: controller.signal });
    controller.abort(new Error("stopped by the person"));
    await expect(call).rejects.toThrow("stopped by the person");
  });

  it("ends a stream with the signal's own reason", async () => {
    const baseURL = await gateway((_request, response) => {
      response.setHeader("content-type", "text/event-stream");
      response.write('data: {"response":"one "}\n\n');
    });
    const controller = new AbortController();
    const { signal } = controller;
    const stream = await createAI({ baseURL, apiKey: "k" }).run("a/b", { prompt: "count", stream: true }, { signal });
    const reason = new Error("stopped by the person");
    const reading = (async () => {
      for await (const _chunk of stream) controller.abort(reason);
    })();
    await expect(reading).rejects.toBe(reason);
  });
});
