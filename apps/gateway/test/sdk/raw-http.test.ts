import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { gatewayKey, type StartedGateway, startGateway } from "./started-gateway.ts";

let started: StartedGateway;
beforeAll(async () => {
  started = await startGateway();
});
afterAll(() => started.close());

async function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(started.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

const bearer = { authorization: `Bearer ${gatewayKey}` };
const model = "anthropic/claude-haiku-4-5";
const saying = "Say exactly: one two three";
const messages = [{ role: "user", content: saying }];
const contents = [{ role: "user", parts: [{ text: saying }] }];
const said = expect.stringContaining("one two three");

describe("every address answers under its aliases", () => {
  const endpoints: readonly (readonly [string, object])[] = [
    ["/v1/chat/completions", { model, messages }],
    ["/v1/responses", { model, input: saying }],
    ["/v1/messages", { model, messages, max_tokens: 99 }],
  ];
  const prefixes = ["", "/ai", "/client/v4/accounts/0a1b2c/ai"];
  const cases = endpoints.flatMap(([path, body]) => prefixes.map((prefix) => [prefix + path, body] as const));
  test.each(cases)("%s", async (path, body) => {
    const response = await post(path, body, bearer);
    expect([response.status, await response.text()]).toEqual([200, said]);
  });

  test.each([
    ["/v1/messages/count_tokens", { model, messages }, { input_tokens: 10 }],
    ["/ai/v1/messages/count_tokens", { model, messages }, { input_tokens: 10 }],
    ["/ai/v1/embeddings", { model: "openai/text-embedding-3-small", input: "x" }, { object: "list" }],
    [
      "/client/v4/accounts/x/ai/v1/embeddings",
      { model: "openai/text-embedding-3-small", input: "x" },
      { object: "list" },
    ],
  ])("%s", async (path, body, expected) => {
    expect(await (await post(path, body, bearer)).json()).toMatchObject(expected);
  });

  test.each(["", "/client/v4/accounts/0a1b2c"])("%s/ai/run, with the model inside or behind", async (prefix) => {
    const result = { response: "one two three", finish_reason: "stop" };
    const expected = { success: true, result, errors: [], messages: [] };
    const inside = await post(`${prefix}/ai/run`, { model, input: { prompt: saying } }, bearer);
    expect(await inside.json()).toMatchObject(expected);
    const behind = await post(`${prefix}/ai/run/${model}`, { prompt: saying }, bearer);
    expect(await behind.json()).toMatchObject(expected);
    const failed = await post(`${prefix}/ai/run/nobody/x`, { prompt: saying }, bearer);
    expect([failed.status, await failed.json()]).toMatchObject([
      404,
      { success: false, result: null, errors: [{ code: "model_not_found" }] },
    ]);
  });

  test("models too", async () => {
    for (const prefix of prefixes) {
      const listed = await fetch(`${started.url}${prefix}/v1/models`, { headers: bearer });
      expect(await listed.json()).toMatchObject({ object: "list", data: expect.any(Array) });
      const one = await fetch(`${started.url}${prefix}/v1/models/${model}`, { headers: bearer });
      expect(await one.json()).toMatchObject({ id: model });
    }
  });
});

describe("keys", () => {
  const gemini = `/v1beta/models/${model}:generateContent`;
  test.each([
    ["Authorization", gemini, { authorization: `Bearer ${gatewayKey}` }],
    ["x-api-key", gemini, { "x-api-key": gatewayKey }],
    ["x-goog-api-key", gemini, { "x-goog-api-key": gatewayKey }],
    ["?key=", `${gemini}?key=${gatewayKey}`, {}],
    ["a placeholder beside the key", gemini, { authorization: "Bearer sk-proj-placeholder", "x-api-key": gatewayKey }],
  ])("%s", async (_name, path, headers) => {
    const response = await post(path, { contents }, headers);
    expect([response.status, await response.text()]).toEqual([200, said]);
  });

  test.each([
    ["/v1/chat/completions", { error: { code: "invalid_api_key", type: "authentication_error" } }],
    ["/v1/responses", { error: { code: "invalid_api_key" } }],
    ["/v1/messages", { type: "error", error: { type: "authentication_error", code: "invalid_api_key" } }],
    [gemini, { error: { code: 401, status: "invalid_api_key" } }],
    ["/ai/run", { success: false, errors: [{ code: "invalid_api_key" }] }],
  ])("%s without one: 401 in its own form", async (path, body) => {
    const response = await post(path, {}, { authorization: "Bearer sk-proj-placeholder" });
    expect(response.status).toBe(401);
    expect(response.headers.get("gw-error")).toBe("invalid_api_key");
    expect(await response.json()).toMatchObject(body);
  });
});

describe("Gemini's streams", () => {
  const models = ["google/gemini-2.5-flash-lite", "anthropic/claude-haiku-4-5", "openai/gpt-4.1"];
  const path = (name: string, query = "") => `/v1beta/models/${name}:streamGenerateContent${query}`;
  const ask = (name: string, query: string, text = saying) =>
    post(path(name, query), { contents: [{ role: "user", parts: [{ text }] }] }, bearer);

  interface Chunk {
    readonly candidates?: readonly { readonly content?: { readonly parts?: readonly { readonly text?: string }[] } }[];
    readonly error?: object;
  }
  const textOf = (chunks: readonly Chunk[]) =>
    chunks
      .flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? [])
      .map(({ text = "" }) => text)
      .join("");

  test.each(models)("%s: events with alt=sse, one array without", async (name) => {
    const sse = await ask(name, "?alt=sse");
    expect(sse.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    const events = (await sse.text()).split(/\r?\n\r?\n/).filter((event) => event !== "");
    const chunks = events.map((event) => JSON.parse(event.replace(/^id: \d+\ndata: /, "")) as Chunk);
    expect(textOf(chunks)).toBe("one two three");
    const array = await ask(name, "");
    expect(array.headers.get("content-type")).toBe("application/json; charset=utf-8");
    const elements = (await array.json()) as Chunk[];
    expect(elements).toHaveLength(chunks.length);
    expect(textOf(elements)).toBe("one two three");
  });

  test.each(models)("%s: a failure is the array's last element", async (name) => {
    const elements = (await (await ask(name, "", "[[gw-fault:cut=12]] Tell me about lighthouses")).json()) as Chunk[];
    expect(textOf(elements)).not.toBe("");
    expect(elements.at(-1)).toMatchObject({ error: { code: 502, status: "stream_truncated", partial: true } });
    expect(elements.filter(({ error }) => error !== undefined)).toHaveLength(1);
  });

  test.each([
    ["google/gemini-2.5-flash-lite", "error=0", 503],
    ["anthropic/claude-haiku-4-5", "error=1", 529],
    ["openai/gpt-4.1", "error=1", 503],
  ])("%s: a failure before the first content is a status", async (name, fault, status) => {
    const failed = await ask(name, "", `[[gw-fault:${fault};status=${status}]] Hello`);
    expect([failed.status, failed.headers.get("gw-error")]).toEqual([status, "overloaded"]);
    expect(await failed.json()).toMatchObject({ error: { code: status } });
  });

  test("a slash in the model may be written %2F", async () => {
    const response = await post(`/v1beta/models/anthropic%2Fclaude-haiku-4-5:generateContent`, { contents }, bearer);
    expect([response.status, await response.text()]).toEqual([200, said]);
  });
});

describe("a stream that breaks off", () => {
  const broken = "[[gw-fault:cut=12]] Tell me about lighthouses";
  test.each([
    ["/v1/chat/completions", { messages: [{ role: "user", content: broken }] }, /^id: \d+\ndata: \{"error"/],
    ["/v1/responses", { input: broken }, /^id: \d+\nevent: error\n/],
    ["/v1/messages", { messages: [{ role: "user", content: broken }], max_tokens: 99 }, /^id: \d+\nevent: error\n/],
    ["/ai/run/MODEL", { prompt: broken }, /^id: \d+\ndata: \{"error"/],
  ])("%s: ends with one error event and no terminator", async (path, body, form) => {
    for (const name of ["openai/gpt-4.1", "anthropic/claude-haiku-4-5", "google/gemini-2.5-flash-lite"]) {
      const response = await post(path.replace("MODEL", name), { model: name, ...body, stream: true }, bearer);
      const events = (await response.text()).split(/\r?\n\r?\n/).filter((event) => event !== "");
      expect(events.length).toBeGreaterThan(5);
      const last = events.at(-1) ?? "";
      expect(last).toMatch(form);
      expect(last).toContain('"partial":true');
      expect(last).toContain("stream_truncated");
      expect(events.join("")).not.toMatch(/\[DONE\]|message_stop|response\.completed/);
    }
  });
});
