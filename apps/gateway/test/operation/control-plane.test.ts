import { startUpstream, type Upstream } from "@gw/provider-testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningGateway, startGateway } from "../robustness/running-gateway.ts";

const text = {
  id: "chatcmpl-1",
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", content: "hi" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 12, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 4 } },
};
const events = [
  `data: ${JSON.stringify({ id: "c", choices: [{ index: 0, delta: { content: "hi" }, finish_reason: "stop" }] })}\n\n`,
  `data: ${JSON.stringify({ id: "c", choices: [], usage: { prompt_tokens: 7, completion_tokens: 3 } })}\n\n`,
  "data: [DONE]\n\n",
];

let house: Upstream;
let gw: RunningGateway;
let clientKey: { id: string; key: string };
let ids: Record<string, string>;

beforeAll(async () => {
  house = await startUpstream((request) => {
    const { model, stream } = request.json() as { model: string; stream?: boolean };
    const headers = { "x-request-id": `house-${model}` };
    if (model === "busy") return { status: 503, headers, body: '{"error":{"message":"busy"}}' };
    if (stream === true) return { headers: { ...headers, "content-type": "text/event-stream" }, body: events.join("") };
    return { headers, body: JSON.stringify(text) };
  });
  gw = await startGateway({
    providers: {
      openai: { apiKey: "k" },
      house: {
        package: "@gw/provider-openai-compatible",
        baseUrl: `${house.url}/v1`,
        models: ["qwen3-32b", { id: "author/llama-4", price: { inputUsdPerMillion: 0.25, outputUsdPerMillion: 0.5 } }],
      },
    },
    models: { fast: "house/qwen3-32b", "name/with-slash": "house/busy" },
  });
  const made = await gw.call("POST", "/admin/v1/keys", {
    body: { name: "client", organisation: "acme", project: "bots", metadata: { teamId: "t0" } },
  });
  clientKey = made.json() as typeof clientKey;
  const ask = async (path: string, body: object, headers: Record<string, string> = {}): Promise<string> => {
    const answer = await gw.call("POST", path, {
      body,
      headers: { authorization: `Bearer ${clientKey.key}`, ...headers },
    });
    return String(answer.headers["gw-request-id"]);
  };
  const messages = [{ role: "user", content: "hello" }];
  ids = {
    native: await ask(
      "/v1/chat/completions",
      { model: "fast", messages },
      { "gw-metadata": '{"user":"u1","teamId":"claimed"}', "gw-session-id": "s1" },
    ),
    translated: await ask("/v1/messages", { model: "house/qwen3-32b", max_tokens: 9, top_k: 3, messages }),
    streamed: await ask("/v1/chat/completions", { model: "fast", stream: true, messages }),
    failed: await ask("/v1/chat/completions", { model: "name/with-slash", messages }, { "gw-max-attempts": "1" }),
    refused: await ask("/v1/chat/completions", { model: "nobody/no-model", messages }),
  };
});

afterAll(async () => {
  await gw.close();
  await house.close();
});

const row = async (name: string) =>
  (await gw.call("GET", `/admin/v1/logs/${ids[name]}`)).json() as Record<string, unknown>;

describe("who may ask for what", () => {
  it.each([
    ["GET", "/healthz", 200, 200],
    ["GET", "/openapi.json", 200, 200],
    ["GET", "/v1/models", 401, 200],
    ["GET", "/v1/models/fast", 401, 200],
    ["GET", "/metrics", 401, 403],
    ["GET", "/admin/v1/keys", 401, 403],
    ["POST", "/admin/v1/keys", 401, 403],
    ["DELETE", "/admin/v1/keys/key_x", 401, 403],
    ["GET", "/admin/v1/logs", 401, 403],
    ["GET", "/admin/v1/logs/req_x", 401, 403],
    ["GET", "/admin/v1/providers", 401, 403],
  ])("%s %s: without a key %i, with a client's %i", async (method, path, without, withClientKey) => {
    const statuses: number[] = [];
    for (const authorization of [undefined, "Bearer gw_unknown", `Bearer ${clientKey.key}`]) {
      statuses.push((await gw.call(method, path, { headers: { authorization } })).status);
    }
    expect(statuses).toEqual([without, without, withClientKey]);
  });

  it("metrics can be made public", async () => {
    const open = await startGateway({ metrics: "public" });
    const answer = await open.call("GET", "/metrics", { headers: { authorization: undefined } });
    expect([answer.status, answer.headers["content-type"]]).toEqual([200, expect.stringMatching(/^text\/plain/)]);
    await open.close();
  });
});

describe("logs", () => {
  it("tell what a native call came to, with its attempt", async () => {
    expect(await row("native")).toEqual({
      request_id: ids.native,
      created_at_ms: expect.any(Number),
      organisation: "acme",
      project: "bots",
      key_id: clientKey.id,
      endpoint: "chat/completions",
      model: "fast",
      provider: "house",
      provider_model: "qwen3-32b",
      lane: "native",
      stream: false,
      state: "succeeded",
      http_status: 200,
      error_code: null,
      finish_reason: "stop",
      duration_ms: expect.any(Number),
      first_content_ms: null,
      upstream_ms: expect.any(Number),
      input_tokens: 12,
      cache_read_tokens: 4,
      cache_write_tokens: null,
      cost_usd: null,
      output_tokens: 5,
      reasoning_tokens: null,
      session_id: "s1",
      // What the key is bound to wins.
      metadata: { user: "u1", teamId: "t0" },
      params: [],
      attempts: [
        {
          provider: "house",
          key: null,
          model: "qwen3-32b",
          lane: "native",
          started_after_ms: expect.any(Number),
          waited_ms: 0,
          duration_ms: expect.any(Number),
          status: 200,
          upstream_request_id: "house-qwen3-32b",
          error_code: null,
        },
      ],
    });
  });

  it.each([
    ["translated", { lane: "translated", params: [expect.stringMatching(/^topK dropped: /)], input_tokens: 12 }],
    [
      "streamed",
      { stream: true, first_content_ms: expect.any(Number), input_tokens: 7, output_tokens: 3, state: "succeeded" },
    ],
    [
      "failed",
      {
        state: "failed",
        http_status: 503,
        error_code: "overloaded",
        input_tokens: null,
        attempts: [
          expect.objectContaining({ status: 503, error_code: "overloaded", upstream_request_id: "house-busy" }),
        ],
      },
    ],
    ["refused", { state: "failed", http_status: 404, error_code: "model_not_found", provider: null, attempts: [] }],
  ])("tell of a %s call", async (name, fields) => {
    expect(await row(name)).toMatchObject(fields);
  });

  it("are listed newest first, by what is asked for", async () => {
    const list = async (query: string): Promise<string[]> => {
      const { data } = (await gw.call("GET", `/admin/v1/logs?${query}`)).json() as { data: { request_id: string }[] };
      return data.map(({ request_id }) => request_id);
    };
    expect(await list("organisation=acme")).toEqual([
      ids.refused,
      ids.failed,
      ids.streamed,
      ids.translated,
      ids.native,
    ]);
    expect(await list("error_code=overloaded")).toEqual([ids.failed]);
    expect(await list("model=fast&limit=1")).toEqual([ids.streamed]);
    expect(await list(`key_id=${clientKey.id}&project=nobody`)).toEqual([]);
    expect(await list("before=2020-01-01T00:00:00Z")).toEqual([]);
  });

  it("are written as one line for each call, of the level that its end deserves", () => {
    const lines = gw.logged.map((line) => JSON.parse(line) as { level: number; request_id?: string });
    const ofCalls = lines.filter(({ request_id }) => Object.values(ids).includes(request_id ?? ""));
    expect(ofCalls.map(({ request_id, level }) => [request_id, level])).toEqual([
      [ids.native, 30],
      [ids.translated, 30],
      [ids.streamed, 30],
      [ids.failed, 40],
      [ids.refused, 30],
    ]);
  });
});

describe("metrics", () => {
  it("count calls, tokens and time by names that nobody from outside can make up", async () => {
    for (let call = 0; call < 5; call += 1) {
      await gw.call("POST", `/v1beta/models/invented-${call}:generateContent`, { body: {} });
      await gw.call("POST", "/v1/chat/completions", { body: { model: `invented-${call}/m`, messages: [] } });
    }
    const { text: metrics } = await gw.call("GET", "/metrics");
    expect(metrics).toContain(
      'gw_requests_total{endpoint="chat/completions",provider="house",status="200",code="ok"} 2\n',
    );
    expect(metrics).toContain(
      'gw_requests_total{endpoint="chat/completions",provider="house",status="503",code="overloaded"} 1\n',
    );
    expect(metrics).toContain('gw_requests_total{endpoint="messages",provider="house",status="200",code="ok"} 1\n');
    expect(metrics).toContain('gw_tokens_total{provider="house",class="input"} 31\n');
    expect(metrics).toContain('gw_tokens_total{provider="house",class="output"} 13\n');
    expect(metrics).toContain('gw_tokens_total{provider="house",class="cache_read"} 8\n');
    expect(metrics).toContain('gw_time_to_first_token_seconds_count{endpoint="chat/completions",provider="house"} 1\n');
    expect(metrics).toContain('gw_request_duration_seconds_count{endpoint="chat/completions",provider="house"} 3\n');
    expect(metrics).toMatch(/^gw_added_latency_seconds_count\{lane="native"\} 2$/m);
    expect(metrics).toMatch(/^gw_added_latency_seconds_count\{lane="translated"\} 1$/m);
    expect(metrics).toContain("\ngw_running_requests 0\n");
    expect(metrics).toContain("\nprocess_cpu_seconds_total ");
    const labels = [...metrics.matchAll(/^gw_requests_total\{(.*)\}/gm)].map(([, names]) => names);
    expect(labels.length).toBeLessThan(10);
    expect(metrics).toContain('gw_attempts_total{provider="house",model="qwen3-32b",code="ok"} 3\n');
    expect(metrics).not.toMatch(/invented|fast|acme|u1/);
  });
});

describe("models", () => {
  it("are those of enabled providers, the configured ones, and the aliases", async () => {
    const { data } = (await gw.call("GET", "/v1/models")).json() as {
      data: { id: string; object: string; owned_by: string }[];
    };
    const names = data.map(({ id }) => id);
    const named = ["openai/gpt-5.5", "fast", "name/with-slash"];
    expect(names).toEqual(expect.arrayContaining([...named, "house/qwen3-32b", "house/author/llama-4"]));
    expect(names.filter((name) => /^(anthropic|google)\//.test(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
    expect(data.every(({ object, owned_by }) => object === "model" && owned_by !== "")).toBe(true);
  });

  it.each([
    ["openai/gpt-5.5", "openai/gpt-5.5"],
    ["openai%2Fgpt-5.5", "openai/gpt-5.5"],
    ["gpt-5.5", "openai/gpt-5.5"],
    ["openai/gpt-5-5", "openai/gpt-5.5"],
    ["fast", "fast"],
    ["name/with-slash", "name/with-slash"],
    ["name%2Fwith-slash", "name/with-slash"],
  ])("%s is found by its path", async (path, id) => {
    const answer = await gw.call("GET", `/v1/models/${path}`);
    expect([answer.status, (answer.json() as { id: string }).id]).toEqual([200, id]);
  });

  it.each([
    [["house/*"], ["fast", "house/author/llama-4", "house/qwen3-32b", "name/with-slash"]],
    [["fast"], ["fast"]],
    [["house/qwen3-32b"], ["fast", "house/qwen3-32b"]],
    [["openai/gpt-5.5"], ["openai/gpt-5.5"]],
    [["nobody/nothing"], []],
  ])("are those that a key for %j may use", async (models, expected) => {
    const made = await gw.call("POST", "/admin/v1/keys", { body: { name: "restricted", models } });
    const headers = { authorization: `Bearer ${(made.json() as { key: string }).key}` };
    const { data } = (await gw.call("GET", "/v1/models", { headers })).json() as { data: { id: string }[] };
    expect(data.map(({ id }) => id).sort()).toEqual(expected);
    const other = expected.includes("openai/gpt-5.5") ? "fast" : "openai/gpt-5.5";
    expect((await gw.call("GET", `/v1/models/${other}`, { headers })).status).toBe(404);
  });

  it("carry limits, modalities, offers and prices", async () => {
    const entry = (await gw.call("GET", "/v1/models/openai/gpt-5.5")).json();
    expect(entry).toMatchObject({
      object: "model",
      owned_by: "openai",
      modalities: ["text"],
      context_tokens: expect.any(Number),
      offers: [expect.objectContaining({ provider: "openai" })],
    });
  });
});

describe("keys", () => {
  it("are shown once, listed without their text, and never stored as it", async () => {
    const { key, ...rest } = (await gw.call("POST", "/admin/v1/keys", { body: { name: "shown-once" } })).json() as {
      key: string;
    };
    const listed = await gw.call("GET", "/admin/v1/keys");
    expect((listed.json() as { data: unknown[] }).data).toContainEqual(rest);
    expect(listed.text).not.toContain(key);
    expect(listed.text).not.toContain("hash");
  });

  it("a key of one project is no admin, whatever it asks for", async () => {
    const headers = { authorization: `Bearer ${clientKey.key}` };
    const answer = await gw.call("POST", "/admin/v1/keys", { body: { name: "mine", organisation: "other" }, headers });
    expect([answer.status, answer.headers["gw-error"]]).toEqual([403, "permission_denied"]);
  });
});

describe("what a caller makes up", () => {
  it("does not fill the logs", async () => {
    const invented = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, index) => [`p${index}${"x".repeat(1_000)}`, 1]),
    );
    const messages = [{ role: "user", content: "hello" }];
    for (const body of [
      { model: `house/${"m".repeat(500_000)}`, messages },
      { ...invented, model: "house/qwen3-32b", max_tokens: 9, messages },
    ]) {
      const answer = await gw.call("POST", "/v1/messages", { body });
      const row = await gw.call("GET", `/admin/v1/logs/${answer.headers["gw-request-id"]}`);
      expect(row.text.length).toBeLessThan(32_768);
      expect(gw.logged.at(-1)?.length).toBeLessThan(32_768);
      expect(JSON.stringify(answer.headers).length).toBeLessThan(8_192);
    }
  });
});
