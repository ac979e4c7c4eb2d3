import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { errorCodes } from "@gw/core";
import { type Sandbox, startSandbox } from "@gw/sandbox";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { adminKey, type RunningGateway, startGateway } from "./running-gateway.ts";

// Bodies that are nearly right reach further into the gateway than those that are nonsense. Whatever is found this way later
// belongs into the tables of the neighbouring tests.

const rounds = 60;
const somethingElse: readonly unknown[] = [
  null,
  0,
  -1,
  1.5,
  1e21,
  "",
  "x",
  "\ud800",
  true,
  [],
  {},
  [null],
  [[]],
  [{}],
  { a: null },
];
const namesOfEveryObject = ["__proto__", "constructor", "toString"];

/** A generator of numbers from 0 to 1: the same ones for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x80000000;
  };
}

function pick<Item>(items: readonly Item[], random: () => number): Item {
  return items[Math.floor(random() * items.length)] as Item;
}

/** The value with some of its parts replaced, removed, doubled or renamed. */
function mutated(value: unknown, random: () => number, rate: number): unknown {
  if (random() < rate) return random() < 0.8 ? pick(somethingElse, random) : undefined;
  if (Array.isArray(value)) {
    const items = value.map((item) => mutated(item, random, rate)).filter((item) => item !== undefined);
    return random() < rate ? [...items, ...items] : items;
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      random() < rate / 4 ? pick(namesOfEveryObject, random) : name,
      mutated(item, random, rate),
    ]),
  );
}

let sandbox: Sandbox;
let vendor: Server;
let gw: RunningGateway;
let spoil: ((text: string) => string) | null = null;

beforeAll(async () => {
  sandbox = await startSandbox({ paceMs: 0 });
  const { origin } = new URL(sandbox.baseUrls.openai ?? "");
  vendor = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { host: _host, connection: _connection, "content-length": _length, ...headers } = request.headers;
    const body = Buffer.concat(chunks);
    const played = await fetch(origin + request.url, {
      method: "POST",
      headers: headers as Record<string, string>,
      body,
    });
    const text = await played.text();
    response.writeHead(played.status, { "content-type": played.headers.get("content-type") ?? "" });
    response.end(spoil === null ? text : spoil(text));
  });
  await new Promise<void>((resolve) => vendor.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(vendor.address() as AddressInfo).port}`;
  const package_ = "@gw/provider-openai";
  gw = await startGateway({
    // Each mutation meets a vendor of whom nothing bad is known.
    maxAttempts: 1,
    breaker: { failuresInRow: 1_000_000, minCalls: 1_000_000 },
    providers: {
      openai: { apiKey: "k", baseUrl: `${url}/v1` },
      responses: { package: package_, api: "responses", apiKey: "k", baseUrl: `${url}/v1` },
      anthropic: { apiKey: "k", baseUrl: url },
      google: { apiKey: "k", baseUrl: url },
    },
  });
});

afterAll(async () => {
  await gw.close();
  vendor.closeAllConnections();
  vendor.close();
  await sandbox.close();
});

const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const models = ["openai/gpt-5.4-mini", "responses/gpt-5.5", "anthropic/claude-sonnet-5", "google/gemini-2.5-flash"];

/** A rich request to each endpoint. */
function requests(model: string, stream: boolean): readonly (readonly [string, object])[] {
  const call = { id: "call_1", type: "function", function: { name: "get_weather", arguments: '{"city":"Paris"}' } };
  return [
    [
      "/v1/chat/completions",
      {
        model,
        stream,
        reasoning_effort: "low",
        max_completion_tokens: 300,
        messages: [
          { role: "system", content: "Be brief" },
          {
            role: "user",
            content: [
              { type: "text", text: "The weather?" },
              { type: "image_url", image_url: { url: `data:image/png;base64,${png}` } },
            ],
          },
          { role: "assistant", content: null, tool_calls: [call] },
          { role: "tool", tool_call_id: "call_1", content: "sunny" },
          { role: "user", content: "And the weather in Rome?" },
        ],
        tools: [{ type: "function", function: { name: "get_weather", parameters: schema } }],
      },
    ],
    [
      "/v1/responses",
      {
        model,
        stream,
        instructions: "Be brief",
        reasoning: { effort: "low", summary: "auto" },
        input: [
          { role: "user", content: [{ type: "input_text", text: "The weather?" }] },
          { type: "function_call", call_id: "c1", name: "get_weather", arguments: "{}" },
          { type: "function_call_output", call_id: "c1", output: "sunny" },
        ],
        tools: [{ type: "function", name: "get_weather", parameters: schema, strict: false }],
      },
    ],
    [
      "/v1/messages",
      {
        model,
        stream,
        max_tokens: 3_000,
        system: [{ type: "text", text: "Be brief", cache_control: { type: "ephemeral" } }],
        thinking: { type: "enabled", budget_tokens: 1_024 },
        messages: [
          {
            role: "user",
            content: [{ type: "image", source: { type: "base64", media_type: "image/png", data: png } }],
          },
          { role: "assistant", content: [{ type: "tool_use", id: "toolu_1", name: "get_weather", input: {} }] },
          { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", content: "sunny" }] },
        ],
        tools: [{ name: "get_weather", input_schema: schema }],
      },
    ],
    [
      `/v1beta/models/${model}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
      {
        contents: [
          { role: "user", parts: [{ text: "The weather?" }, { inlineData: { mimeType: "image/png", data: png } }] },
          { role: "model", parts: [{ functionCall: { name: "get_weather", args: { city: "Rome" } } }] },
          { role: "user", parts: [{ functionResponse: { name: "get_weather", response: { result: "sunny" } } }] },
        ],
        tools: [{ functionDeclarations: [{ name: "get_weather", parameters: schema }] }],
        generationConfig: { maxOutputTokens: 200, thinkingConfig: { includeThoughts: true } },
      },
    ],
    ["/v1/messages/count_tokens", { model, messages: [{ role: "user", content: "hello" }] }],
    ["/ai/run", { model, input: { prompt: "hello", stream, max_tokens: 20 }, metadata: { team: "a" } }],
    ["/v1/embeddings", { model: "google/gemini-embedding-001", input: ["a", "b"], encoding_format: "base64" }],
  ];
}

async function ask(path: string, body: unknown): Promise<string> {
  const answer = await fetch(gw.url + path, {
    method: "POST",
    headers: { authorization: `Bearer ${adminKey}` },
    body: JSON.stringify(body) ?? "null",
    signal: AbortSignal.timeout(10_000),
  });
  const text = await answer.text();
  const code = answer.headers.get("gw-error") ?? "none";
  return /"internal_error"/.test(text) ? `internal_error for ${path} ${JSON.stringify(body)}` : code;
}

const expected = new Set(["none", ...Object.keys(errorCodes).filter((code) => code !== "internal_error")]);

describe.each([
  ["requests", 4_711],
  ["replies", 815],
])("mutated %s", (kind, seed) => {
  it("get an answer or an error with a code, and no failure inside the gateway", async () => {
    const random = seeded(seed);
    spoil =
      kind === "requests"
        ? null
        : (text) =>
            text.replace(
              /^(data: )?(\{.*\})$/gm,
              (_line, data = "", json: string) => data + JSON.stringify(mutated(JSON.parse(json), random, 0.04)),
            );
    const codes = new Map<string, number>();
    for (let round = 0; round < rounds; round += 1) {
      const calls = models.map((model) => {
        const [path, body] = pick(requests(model, random() < 0.5), random);
        return ask(path, kind === "requests" ? mutated(body, random, 0.03) : body);
      });
      for (const code of await Promise.all(calls)) codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    expect([...codes.keys()].filter((code) => !expected.has(code))).toEqual([]);
    // Some go well and some do not: otherwise nothing was tried.
    expect(codes.get("none")).toBeGreaterThan(10);
    expect(codes.get(kind === "requests" ? "invalid_request" : "reply_malformed")).toBeGreaterThan(10);
    expect(gw.logged.filter((line) => /"level":[56]0/.test(line))).toEqual([]);
    expect((await gw.call("GET", "/metrics")).text).toContain("\ngw_running_requests 0\n");
  });
});
