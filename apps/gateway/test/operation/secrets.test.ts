import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { type ScriptedReply, startUpstream, type Upstream } from "@gw/provider-testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createGateway } from "../../src/index.ts";
import { type GatewayProcess, newDirectory, runGw } from "./gateway-process.ts";

const providerKey = "sk-canary-provider-4f1d";
const adminKey = "gw_canary_admin_91c2";
const wrongKey = "gw_canary_wrong_77aa";
const prompt = "canary-prompt-5b8e";
const answer = "canary-answer-d3f0";

/** What vendors say that must not be repeated: the key they were shown, and the prompt. */
const gossip = `You sent ${providerKey} and asked ${prompt}`;
const chunk = (choice: object): string =>
  `data: ${JSON.stringify({ id: "c", choices: [{ index: 0, ...choice }] })}\n\n`;
const sse = { "content-type": "text/event-stream" };

/** Replies by the number in the model's name: to whole calls and streams alike. */
const replies: readonly ScriptedReply[] = [
  { body: JSON.stringify({ id: "c", choices: [{ index: 0, message: { content: answer }, finish_reason: "stop" }] }) },
  { headers: sse, body: `${chunk({ delta: { content: answer }, finish_reason: "stop" })}data: [DONE]\n\n` },
  { headers: sse, body: `${chunk({ delta: { content: answer } })}data: {"error":{"message":"${gossip}"}}\n\n` },
  { headers: sse, body: `${chunk({ delta: { content: answer } })}data: {"${gossip}\n\n` },
  { status: 401, body: `{"error":{"message":"${gossip}","param":"${providerKey}"}}` },
  {
    status: 400,
    headers: { "x-request-id": providerKey },
    body: `{"error":{"message":"${gossip}","code":"${providerKey}"}}`,
  },
  { status: 429, body: `{"error":{"message":"${gossip}"}}` },
  { status: 500, headers: { "content-type": "text/html" }, body: `<html>${gossip}</html>` },
  { status: 502, body: gossip },
  { body: `{"${gossip}` },
  { body: JSON.stringify({ choices: [{ message: prompt }], usage: prompt }) },
  { body: `{"error":{"message":"${gossip}","type":"overloaded_error"}}` },
  { status: 302, headers: { location: `http://127.0.0.1/${providerKey}` }, body: gossip },
  { body: gossip, faults: [{ type: "cut", after: 10, how: "reset" }] },
];

let vendor: Upstream;
let gateway: GatewayProcess;
let url: string;
const directory = newDirectory();
const seen: string[] = [];
let clientKey = "";

beforeAll(async () => {
  vendor = await startUpstream(
    (request) =>
      replies[Number(/model-(\d+)/.exec(request.body.toString() + request.path)?.[1])] ?? { status: 500, body: gossip },
  );
  const providers = {
    openai: { apiKey: "${CANARY}", baseUrl: `${vendor.url}/v1` },
    anthropic: { apiKey: "${CANARY}", baseUrl: vendor.url },
    google: { apiKey: "${CANARY}", baseUrl: vendor.url },
    house: { package: "@gw/provider-openai-compatible", apiKey: "${CANARY}", baseUrl: `${vendor.url}/v1` },
  };
  writeFileSync(join(directory, "gateway.yaml"), JSON.stringify({ maxAttempts: 1, deadlineMs: 500, providers }));
  const environment = { CANARY: providerKey, GW_ADMIN_KEY: adminKey, GW_LOG_LEVEL: "trace" };
  gateway = runGw(["start"], directory, environment);
  url = await gateway.ready();
  const made = await fetch(`${url}/admin/v1/keys`, {
    method: "POST",
    headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json" },
    body: '{"name":"canary"}',
  });
  clientKey = ((await made.json()) as { key: string }).key;
});

afterAll(async () => {
  gateway.kill("SIGKILL");
  await vendor.close();
});

async function call(path: string, body: unknown, key = clientKey): Promise<void> {
  const inQuery = path.includes("?") ? `&key=${key}` : `?key=${key}`;
  const response = await fetch(`${url}${path}${inQuery}`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}` },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  seen.push(JSON.stringify([...response.headers]) + (await response.text()));
}

describe("secrets", () => {
  it("reach no caller, no log, no store, no metric and no page, whatever goes wrong", async () => {
    const messages = [{ role: "user", content: prompt }];
    const contents = [{ parts: [{ text: prompt }] }];
    for (const index of replies.keys()) {
      for (const provider of ["openai", "anthropic", "google", "house"]) {
        const model = `${provider}/model-${index}`;
        for (const stream of [false, true]) {
          await call("/v1/chat/completions", { model, stream, messages });
          await call("/v1/responses", { model, stream, input: prompt });
          await call("/v1/messages", { model, stream, max_tokens: 9, messages });
          await call("/ai/run", { model, input: { prompt, stream } });
        }
        await call(`/v1beta/models/${model}:generateContent`, { contents });
        await call(`/v1beta/models/${model}:streamGenerateContent?alt=sse`, { contents });
      }
    }
    const model = "house/model-0";
    for (const body of [
      `{"model":"${model}","messages":[{"role":"user","content":"${prompt}`,
      { model, messages: [{ role: prompt, content: prompt }] },
      { model, messages: [{ role: "user", content: [{ type: prompt, text: { [prompt]: 1 } }] }] },
      { model: ["a"], messages },
      { model, stream: prompt, messages },
      { model: "nobody/model", messages },
      { model, messages, tools: [{ type: "function", function: { name: 7, description: prompt } }] },
    ]) {
      for (const path of ["/v1/chat/completions", "/v1/messages", "/v1/responses"]) await call(path, body);
      await call("/v1/chat/completions", body, wrongKey);
    }
    for (const path of [
      "/metrics",
      "/admin/v1/logs?limit=1000",
      "/admin/v1/keys",
      "/admin/v1/providers",
      "/openapi.json",
    ]) {
      const response = await fetch(url + path, { headers: { authorization: `Bearer ${adminKey}` } });
      const text = await response.text();
      expect([
        path,
        response.status,
        found(text, [providerKey, adminKey, clientKey, wrongKey, prompt, answer]),
      ]).toEqual([path, 200, []]);
    }
    gateway.kill("SIGTERM");
    expect(await gateway.ended()).toBe(0);

    const keys = [providerKey, adminKey, clientKey, wrongKey];
    expect(found(seen.join("\n"), keys)).toEqual([]);
    expect(seen.length).toBeGreaterThan(500);
    expect(found(gateway.output.stdout + gateway.output.stderr, [...keys, prompt, answer])).toEqual([]);
    expect(gateway.output.stderr).toContain('"error_code":"authentication_failed"');
    expect(gateway.output.stderr).not.toMatch(/internal_error|"level":[56]0/);
    const stores = readdirSync(join(directory, ".gw"));
    expect(stores).toContain("logs.db");
    for (const name of stores) {
      const bytes = readFileSync(join(directory, ".gw", name)).toString("latin1");
      // Streams are kept to be read again, for as long as their callers want it.
      const secret = name.startsWith("streams.db") ? keys : [...keys, prompt, answer];
      expect([name, found(bytes, secret)]).toEqual([name, []]);
    }
  });

  it("are not in what a program can print of a gateway's errors", async () => {
    const made = await createGateway({
      config: { maxAttempts: 1, providers: { openai: { apiKey: providerKey, baseUrl: `${vendor.url}/v1` } } },
      environment: {},
      adminKey,
    });
    for (const index of replies.keys()) {
      const outcome: unknown = await made.run(`openai/model-${index}`, { prompt }).catch((error: unknown) => error);
      expect(found(inspect(outcome, { depth: 10, showHidden: true }), [providerKey, adminKey])).toEqual([]);
    }
    expect(found(inspect(made, { depth: 10, showHidden: true }), [providerKey, adminKey])).toEqual([]);
    await made.close();
    const wrong = createGateway({ config: { providers: { openai: { apiKey: providerKey, baseUrl: "" } } } });
    const error: unknown = await wrong.catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: "invalid_request" });
    expect(found(inspect(error, { depth: 10, showHidden: true }), [providerKey])).toEqual([]);
  });
});

function found(text: string, canaries: readonly string[]): string[] {
  return canaries.filter((canary) => canary !== "" && text.includes(canary));
}
