import { gzipSync } from "node:zlib";
import { startUpstream, type Upstream } from "@gw/provider-testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { errorBody } from "./dialect-errors.ts";
import { type EndpointUnderTest, endpoints } from "./endpoints-under-test.ts";
import { type Answer, type RunningGateway, type Sent, startGateway } from "./running-gateway.ts";

/** What is wrong with a request, and what its sender must be told. */
interface BadInput {
  readonly name: string;
  readonly status: number;
  readonly code: string;
  readonly only?: (endpoint: EndpointUnderTest) => boolean;
  send(endpoint: EndpointUnderTest): { readonly method?: string; readonly path?: string } & Sent;
}

const maxBodyBytes = 64 * 1024;

let vendors: Upstream;
let gw: RunningGateway;
const keys = { expired: "", revoked: "", limited: "" };

beforeAll(async () => {
  // Whatever reaches a vendor has not been refused: no reply of it has a code that is expected here.
  vendors = await startUpstream({ status: 500, body: '{"error":{"message":"asked"}}' });
  gw = await startGateway({
    maxBodyBytes,
    providers: {
      openai: { apiKey: "sk-1", baseUrl: `${vendors.url}/v1` },
      anthropic: { apiKey: "sk-2", baseUrl: vendors.url },
      google: { apiKey: "sk-3", baseUrl: vendors.url },
    },
  });
  keys.expired = (await gw.newKey({ name: "old", expires_at: "2001-01-01T00:00:00Z" })).key;
  keys.limited = (await gw.newKey({ name: "limited", models: ["openai/some-other-model"] })).key;
  const revoked = await gw.newKey({ name: "revoked" });
  keys.revoked = revoked.key;
  await gw.call("DELETE", `/admin/v1/keys/${revoked.id}`);
});

afterAll(async () => {
  await gw.close();
  await vendors.close();
});

const text = (body: string) => () => ({ body });
const good = (endpoint: EndpointUnderTest, changes: Record<string, unknown> = {}) => ({
  ...endpoint.body(endpoint.translated),
  ...changes,
});
const withHeaders = (headers: Sent["headers"] & object) => (endpoint: EndpointUnderTest) => ({
  body: good(endpoint),
  headers,
});
const withModel = (model: string) => (endpoint: EndpointUnderTest) => ({
  path: endpoint.path(encodeURI(model)),
  body: endpoint.body(model),
});
const modelInBody = (endpoint: EndpointUnderTest) => endpoint.modelInPath !== true;

const inputs: readonly BadInput[] = [
  { name: "half a JSON object", status: 400, code: "invalid_request", send: text('{"model":"openai/gpt-5.4-mini",') },
  { name: "an empty body", status: 400, code: "invalid_request", send: text("") },
  { name: "an array", status: 400, code: "invalid_request", send: text("[]") },
  { name: "null", status: 400, code: "invalid_request", send: text("null") },
  { name: "a form", status: 400, code: "invalid_request", send: text("model=openai%2Fgpt-5.4-mini") },
  { name: "UTF-16", status: 400, code: "invalid_request", send: () => ({ body: Buffer.from("{}", "utf16le") }) },
  {
    name: "deep nesting",
    status: 400,
    code: "invalid_request",
    send: (endpoint) => ({ body: JSON.stringify(good(endpoint)).replace(/}$/, `,"deep":${nested(201)}}`) }),
  },
  { name: "brackets without end", status: 400, code: "invalid_request", send: text(`{"a":${"[".repeat(50_000)}`) },
  {
    name: "a compressed body",
    status: 415,
    code: "invalid_request",
    send: (endpoint) => ({
      body: gzipSync(JSON.stringify(good(endpoint))),
      headers: { "content-encoding": "gzip" },
    }),
  },
  {
    name: "a body beyond the limit",
    status: 413,
    code: "request_too_large",
    send: (endpoint) => ({ body: good(endpoint, { padding: "x".repeat(maxBodyBytes) }) }),
  },
  {
    name: "a chunked body beyond the limit",
    status: 413,
    code: "request_too_large",
    send: (endpoint) => ({
      body: good(endpoint, { padding: "x".repeat(2 * maxBodyBytes) }),
      headers: { "transfer-encoding": "chunked" },
    }),
  },
  { name: "GET", status: 405, code: "method_not_allowed", send: () => ({ method: "GET" }) },
  {
    name: "PUT",
    status: 405,
    code: "method_not_allowed",
    send: (endpoint) => ({ method: "PUT", body: good(endpoint) }),
  },
  { name: "no key", status: 401, code: "invalid_api_key", send: withHeaders({ authorization: undefined }) },
  {
    name: "an unknown key",
    status: 401,
    code: "invalid_api_key",
    send: withHeaders({ authorization: "Bearer gw_no" }),
  },
  {
    name: "a key in another scheme",
    status: 401,
    code: "invalid_api_key",
    send: withHeaders({ authorization: "Basic Z3dfdGVzdF9hZG1pbg==" }),
  },
  {
    name: "an expired key",
    status: 401,
    code: "expired_api_key",
    send: (endpoint) => withHeaders({ authorization: `Bearer ${keys.expired}` })(endpoint),
  },
  {
    name: "a revoked key",
    status: 401,
    code: "invalid_api_key",
    send: (endpoint) => withHeaders({ authorization: undefined, "x-api-key": keys.revoked })(endpoint),
  },
  {
    name: "a key without this model",
    status: 403,
    code: "permission_denied",
    send: (endpoint) => withHeaders({ authorization: undefined, "x-goog-api-key": keys.limited })(endpoint),
  },
  { name: "an unknown model", status: 404, code: "model_not_found", send: withModel("no-such-model") },
  { name: "an unknown provider", status: 404, code: "model_not_found", send: withModel("nobody/gpt-5.5") },
  { name: "an unknown route", status: 404, code: "model_not_found", send: withModel("route/nowhere") },
  { name: "a model with a space", status: 400, code: "model_string_malformed", send: withModel("openai/gpt 5") },
  { name: "a provider alone", status: 400, code: "model_string_malformed", send: withModel("openai/") },
  {
    name: "a model of 300 letters",
    status: 400,
    code: "model_string_malformed",
    send: withModel(`openai/${"m".repeat(300)}`),
  },
  {
    name: "no model",
    status: 400,
    code: "invalid_request",
    only: modelInBody,
    send: (endpoint) => ({ body: good(endpoint, { model: undefined }) }),
  },
  {
    name: "a model that is no text",
    status: 400,
    code: "invalid_request",
    only: modelInBody,
    send: (endpoint) => ({ body: good(endpoint, { model: ["openai/gpt-5.5"] }) }),
  },
  {
    name: "a model without that capability",
    status: 400,
    code: "unsupported_capability",
    send: (endpoint) => withModel(endpoint.incapable)(endpoint),
  },
  {
    name: "metadata that is not flat",
    status: 400,
    code: "invalid_request",
    send: withHeaders({ "gw-metadata": '{"team":{"id":1}}' }),
  },
  {
    name: "metadata that is not JSON",
    status: 400,
    code: "invalid_request",
    send: withHeaders({ "gw-metadata": "a=1" }),
  },
  {
    name: "a deadline in words",
    status: 400,
    code: "invalid_request",
    send: withHeaders({ "gw-deadline-ms": "soon" }),
  },
  { name: "a deadline of 0", status: 400, code: "invalid_request", send: withHeaders({ "gw-deadline-ms": "0" }) },
  {
    name: "a strictness of maybe",
    status: 400,
    code: "invalid_request",
    send: withHeaders({ "gw-strict-params": "maybe" }),
  },
];

describe.each(Object.values(endpoints).map((endpoint) => [endpoint.name, endpoint] as const))(
  "%s",
  (_name, endpoint) => {
    const applicable = inputs.filter((input) => input.only?.(endpoint) !== false);
    it.each(applicable.map((input) => [input.name, input] as const))("refuses %s", async (_input, input) => {
      const { method = "POST", path = endpoint.path(endpoint.translated), ...sent } = input.send(endpoint);
      expectRefusal(await gw.call(method, path, sent), endpoint, input.status, input.code);
      expect((await gw.call("GET", "/healthz")).json()).toEqual({ status: "ok" });
      expect(vendors.requests).toEqual([]);
    });
  },
);

describe("wrong types", () => {
  const { chat, responses, messages, generate, embeddings, run } = endpoints;
  const cases: readonly (readonly [EndpointUnderTest, string, Record<string, unknown>])[] = [
    [chat, "messages", { messages: "hello" }],
    [chat, "messages[0]", { messages: [null] }],
    [chat, "messages[0].role", { messages: [{ role: "wizard", content: "a" }] }],
    [chat, "messages[0].content", { messages: [{ role: "user", content: 7 }] }],
    [chat, "temperature", { temperature: "hot" }],
    [chat, "max_tokens", { max_tokens: 1.5 }],
    [chat, "stream", { stream: "yes" }],
    [chat, "tools", { tools: {} }],
    [chat, "stop", { stop: 3 }],
    [responses, "input", { input: 5 }],
    [responses, "temperature", { temperature: [] }],
    [responses, "stream", { stream: 1 }],
    [responses, "tools", { tools: "all" }],
    [messages, "messages", { messages: {} }],
    [messages, "messages.0.content", { messages: [{ role: "user", content: true }] }],
    [messages, "max_tokens", { max_tokens: "many" }],
    [messages, "system", { system: 1 }],
    [messages, "tools", { tools: 1 }],
    [messages, "stream", { stream: {} }],
    [generate, "contents", { contents: "hello" }],
    [generate, "contents[0].parts", { contents: [{ parts: "hello" }] }],
    [generate, "generationConfig", { generationConfig: [] }],
    [generate, "tools", { tools: "search" }],
    [embeddings, "input", { input: { text: "a" } }],
    [embeddings, "input", { input: [] }],
    [embeddings, "dimensions", { dimensions: "all" }],
    [embeddings, "encoding_format", { encoding_format: "hex" }],
    [run, "input", { input: undefined }],
    [run, "input", { input: 5 }],
    [run, "input", { input: {} }],
    [run, "stream", { input: { prompt: "a", stream: "yes" } }],
    [run, "options", { options: "default" }],
    [run, "metadata", { metadata: [] }],
    [run, "metadata", { metadata: { team: null } }],
  ];
  it.each(cases.map(([endpoint, field, changes]) => [endpoint.name, field, changes, endpoint] as const))(
    "%s: %s as %j",
    async (_name, field, changes, endpoint) => {
      const answer = await gw.call("POST", endpoint.path(endpoint.translated), { body: good(endpoint, changes) });
      expectRefusal(answer, endpoint, 400, "invalid_request");
      expect(answer.text).toContain(field);
      expect(vendors.requests).toEqual([]);
    },
  );
});

describe("a parameter that the target cannot take", () => {
  const { chat, responses, messages, generate, run } = endpoints;
  it.each([
    [chat, { logit_bias: { "50256": -100 } }],
    [responses, { truncation: "auto" }],
    [messages, { top_k: 5 }],
    [generate, { generationConfig: { seed: 7 } }],
    [run, { input: { prompt: "a", logit_bias: { "50256": -100 } } }],
  ] as const)("is refused under strictness: %#", async (endpoint, changes) => {
    const answer = await gw.call("POST", endpoint.path(endpoint.translated), {
      body: good(endpoint, changes),
      headers: { "gw-strict-params": "true" },
    });
    expectRefusal(answer, endpoint, 400, "unsupported_parameter");
    expect(vendors.requests).toEqual([]);
  });
});

describe("a parameter that nobody knows", () => {
  const { chat, responses, messages, generate, runModel } = endpoints;
  const translatable = [chat, responses, messages, generate, runModel];
  it.each(["constructor", "toString", "hasOwnProperty", "colour"])("%s is refused under strictness", async (name) => {
    for (const endpoint of translatable) {
      const answer = await gw.call("POST", endpoint.path(endpoint.translated), {
        body: JSON.stringify(good(endpoint)).replace("{", `{"${name}":1,`),
        headers: { "gw-strict-params": "true" },
      });
      expectRefusal(answer, endpoint, 400, "unsupported_parameter");
      expect(answer.text).toContain(name);
    }
    expect(vendors.requests).toEqual([]);
  });
});

describe("outside the data plane", () => {
  it.each([
    ["GET", "/", 404, "not_found"],
    ["GET", "//", 404, "not_found"],
    ["POST", "/v1/chat/completion", 404, "not_found"],
    ["POST", "/v1/chat/completions/", 404, "not_found"],
    ["GET", "/admin/v1/nothing", 404, "not_found"],
    ["GET", "/v1/models/no-such-model", 404, "model_not_found"],
    ["GET", "/v1/models/%E0%A4%A", 400, "invalid_request"],
    ["PUT", "/healthz", 405, "method_not_allowed"],
    ["POST", "/metrics", 405, "method_not_allowed"],
    ["PATCH", "/admin/v1/keys", 405, "method_not_allowed"],
    ["DELETE", "/admin/v1/keys/key_unknown", 404, "not_found"],
    ["GET", "/admin/v1/logs/req_unknown", 404, "not_found"],
    ["GET", "/admin/v1/logs?limit=0", 400, "invalid_request"],
    ["GET", "/admin/v1/logs?colour=red", 400, "invalid_request"],
    ["POST", "/admin/v1/keys", 400, "invalid_request"],
  ])("%s %s: %i %s", async (method, path, status, code) => {
    const body = method === "POST" ? "{}" : undefined;
    const answer = await gw.call(method, path, { ...(body !== undefined && { body }) });
    expect([answer.status, answer.headers["gw-error"]]).toEqual([status, code]);
    expect(answer.headers["gw-request-id"]).toMatch(/^req_[0-9a-f]{32}$/);
    expect(answer.json()).toEqual(errorBody("chat", status, code));
  });

  it.each([
    ["no JSON", "{", 400],
    ["nothing", "", 400],
    ["an unknown field", '{"name":"a","admin":true}', 400],
    ["a name of another type", '{"name":1}', 400],
    ["a prototype", '{"name":"a","__proto__":{"admin":true}}', 400],
    ["nested metadata", '{"name":"a","metadata":{"a":{}}}', 400],
    ["a time without a zone", '{"name":"a","expires_at":"2030-01-01"}', 400],
    ["2 MB", JSON.stringify({ name: "x".repeat(2_000_000) }), 413],
  ])("makes no key of %s", async (_name, body, status) => {
    const before = (await gw.call("GET", "/admin/v1/keys")).text;
    const answer = await gw.call("POST", "/admin/v1/keys", { body });
    expect(answer.status).toBe(status);
    expect(answer.json()).toEqual(errorBody("chat", status, status === 413 ? "request_too_large" : "invalid_request"));
    expect((await gw.call("GET", "/admin/v1/keys")).text).toBe(before);
  });

  it("revokes a key for a client that calls its empty body JSON", async () => {
    const { id } = await gw.newKey({ name: "short-lived" });
    const answer = await gw.call("DELETE", `/admin/v1/keys/${id}`, { headers: { "content-type": "application/json" } });
    expect(answer.json()).toEqual({ id, deleted: true });
  });
});

function expectRefusal(answer: Answer, endpoint: EndpointUnderTest, status: number, code: string): void {
  expect({ status: answer.status, code: answer.headers["gw-error"], body: answer.json() }).toEqual({
    status,
    code,
    body: errorBody(endpoint.form, status, code),
  });
  expect(answer.headers["gw-request-id"]).toMatch(/^req_[0-9a-f]{32}$/);
  expect(answer.headers["content-type"]).toMatch(/^application\/json\b/);
  if (status === 405) expect(answer.headers.allow).toBe("POST");
}

function nested(levels: number): string {
  return "[".repeat(levels) + "]".repeat(levels);
}
