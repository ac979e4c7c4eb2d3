import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { startUpstream, type Upstream } from "@gw/provider-testkit";
import { afterEach, describe, expect, it } from "vitest";
import { type GatewayProcess, logLines, newDirectory, runGw } from "./gateway-process.ts";

const running: GatewayProcess[] = [];
const upstreams: Upstream[] = [];

afterEach(async () => {
  for (const process of running.splice(0)) process.kill("SIGKILL");
  for (const upstream of upstreams.splice(0)) await upstream.close();
});

function start(directory: string, environment: NodeJS.ProcessEnv = {}): GatewayProcess {
  const process = runGw(["start"], directory, environment);
  running.push(process);
  return process;
}

function ask(url: string, key: string, model: string, more: object = {}): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({ model, messages: [{ role: "user", content: "Say exactly: hello" }], ...more }),
  });
}

const chunk = (choice: object): string =>
  `data: ${JSON.stringify({ id: "c", choices: [{ index: 0, ...choice }] })}\n\n`;
const half = chunk({ delta: { content: "first half, " } });

/** A vendor that sends half of a stream, and the rest when it is told to. */
async function slowVendor(): Promise<{ url: string; finish: () => void; close: () => Promise<void> }> {
  const waiting: (() => void)[] = [];
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(half);
    waiting.push(() =>
      response.end(`${chunk({ delta: { content: "second half" }, finish_reason: "stop" })}data: [DONE]\n\n`),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    finish: () => {
      for (const rest of waiting.splice(0)) rest();
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const houseConfig = (baseUrl: string, more = ""): string =>
  `${more}\nproviders:\n  house: { package: "@gw/provider-openai-compatible", baseUrl: "${baseUrl}" }\n`;

describe("gw start", () => {
  it("makes an admin key, shows it once, keeps it for its owner, and answers from the sandbox", async () => {
    const directory = newDirectory();
    const first = start(directory);
    const url = await first.ready();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const key = /^admin key, shown this once: (gw_admin_\S+)$/m.exec(first.output.stdout)?.[1] ?? "";
    expect(first.output.stdout.match(/^gw ready on /gm)).toHaveLength(1);
    expect(first.output.stdout).toMatch(/gw ready on \S+\n$/);
    const file = join(directory, ".gw", "admin-key");
    expect(readFileSync(file, "utf8")).toBe(`${key}\n`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(directory, ".gw")).mode & 0o777).toBe(0o700);

    const answer = await ask(url, key, "openai/gpt-5.4-mini");
    expect([answer.status, answer.headers.get("gw-sandbox")]).toEqual([200, "true"]);
    expect(await answer.json()).toMatchObject({ choices: [{ message: { content: "hello" } }] });
    first.kill("SIGTERM");
    expect(await first.ended()).toBe(0);

    const second = start(directory);
    const again = await ask(await second.ready(), key, "anthropic/claude-sonnet-5");
    expect(again.status).toBe(200);
    expect(second.output.stdout + second.output.stderr).not.toContain(key);
    second.kill("SIGINT");
    expect(await second.ended()).toBe(0);
  });

  it("takes host, data directory, admin key and the sandbox's absence from the environment", async () => {
    const directory = newDirectory();
    const data = join(directory, "elsewhere");
    const gateway = start(directory, {
      GW_HOST: "localhost",
      GW_DATA_DIR: data,
      GW_ADMIN_KEY: "gw_of_my_own",
      GW_SANDBOX: "off",
    });
    const url = await gateway.ready();
    expect(url).toMatch(/^http:\/\/localhost:\d+$/);
    expect([existsSync(join(data, "ledger.db")), existsSync(join(data, "admin-key"))]).toEqual([true, false]);
    const answer = await ask(url, "gw_of_my_own", "openai/gpt-5.4-mini");
    expect([answer.status, answer.headers.get("gw-error")]).toEqual([404, "model_not_found"]);
    expect(gateway.output.stdout).toBe(`gw ready on ${url}\n`);
  });

  it("switches a provider on by its environment variable, the sandbox off for all (auto) or for that one (on)", async () => {
    const vendor = await startUpstream({ status: 400, body: '{"error":{"message":"from the vendor"}}' });
    upstreams.push(vendor);
    const keys = { OPENAI_API_KEY: "sk-1", OPENAI_BASE_URL: `${vendor.url}/v1`, GW_ADMIN_KEY: "gw_a" };
    const [auto, on] = [start(newDirectory(), keys), start(newDirectory(), { ...keys, GW_SANDBOX: "on" })];
    const [autoUrl, onUrl] = await Promise.all([auto.ready(), on.ready()]);
    for (const url of [autoUrl, onUrl]) {
      const answer = await ask(url, "gw_a", "openai/gpt-5.4-mini");
      expect([answer.status, answer.headers.get("gw-sandbox"), await answer.text()]).toEqual([
        400,
        null,
        '{"error":{"message":"from the vendor"}}',
      ]);
    }
    expect(vendor.requests.map(({ headers }) => headers.authorization)).toEqual(["Bearer sk-1", "Bearer sk-1"]);
    expect((await ask(autoUrl, "gw_a", "anthropic/claude-sonnet-5")).status).toBe(404);
    const played = await ask(onUrl, "gw_a", "anthropic/claude-sonnet-5");
    expect([played.status, played.headers.get("gw-sandbox")]).toEqual([200, "true"]);
  });

  it("logs one JSON line for each request, with its id", async () => {
    const gateway = start(newDirectory(), { GW_ADMIN_KEY: "gw_a" });
    const url = await gateway.ready();
    const ids: (string | null)[] = [];
    for (const [key, model, more] of [
      ["gw_a", "openai/gpt-5.4-mini", {}],
      ["gw_a", "openai/gpt-5.4-mini", { stream: true }],
      ["gw_no", "openai/gpt-5.4-mini", {}],
      ["gw_a", "nobody/no-model", {}],
    ] as const) {
      const answer = await ask(url, key, model, more);
      await answer.text();
      ids.push(answer.headers.get("gw-request-id"));
    }
    gateway.kill("SIGTERM");
    expect(await gateway.ended()).toBe(0);
    const lines = logLines(gateway).filter((line) => line.request_id !== undefined);
    expect(lines.map((line) => line.request_id)).toEqual(ids);
    expect(lines.map((line) => line.error_code)).toEqual([null, null, "invalid_api_key", "model_not_found"]);
  });
});

describe("gw start that cannot", () => {
  it("says so in one line, and exits 1", async () => {
    const directory = newDirectory();
    writeFileSync(join(directory, "file"), "");
    mkdirSync(join(directory, "broken"));
    writeFileSync(join(directory, "broken", "ledger.db"), "this is no database, and long enough to be taken for one");
    const other = await startUpstream({});
    const { port } = new URL(other.url);
    const refused = [
      [{ GW_DATA_DIR: "file" }, /^gw: The data directory file cannot be used: .*\n$/],
      [{ GW_DATA_DIR: "broken" }, /^gw: The data directory broken cannot be used: .*\n$/],
      [{ GW_PORT: port }, /^gw: Cannot listen on 127\.0\.0\.1:\d+: something else listens there\n$/],
    ] as const;
    for (const [environment, message] of refused) {
      const gateway = start(directory, environment);
      expect(await gateway.ended()).toBe(1);
      expect(gateway.output).toEqual({ stdout: "", stderr: expect.stringMatching(message) });
    }
    await other.close();
  });
});

describe("SIGTERM", () => {
  it("lets a running stream end, takes no new call, ignores a second one, and exits 0", async () => {
    const vendor = await slowVendor();
    const directory = newDirectory();
    writeFileSync(join(directory, "gateway.yaml"), houseConfig(vendor.url));
    const gateway = start(directory, { GW_ADMIN_KEY: "gw_a" });
    const url = await gateway.ready();
    const answer = await ask(url, "gw_a", "house/m", { stream: true });
    const reader = (answer.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toBe(`id: 0\n${half}`);
    gateway.kill("SIGTERM");
    await expect.poll(() => accepts(url), { timeout: 5_000 }).toBe(false);
    gateway.kill("SIGTERM");
    vendor.finish();
    let rest = "";
    for (let step = await reader.read(); !step.done; step = await reader.read()) rest += step.value;
    expect(rest).toContain("second half");
    expect(rest).toMatch(/data: \[DONE\]\n\n$/);
    expect(await gateway.ended()).toBe(0);
    expect(logLines(gateway).map((line) => line.error_code)).toEqual([null]);
    await vendor.close();
  });

  it("ends what outlasts the grace with an error, streamed and not, and exits 0", async () => {
    const vendor = await slowVendor();
    const directory = newDirectory();
    writeFileSync(join(directory, "gateway.yaml"), houseConfig(vendor.url, "shutdownGraceMs: 300"));
    const gateway = start(directory, { GW_ADMIN_KEY: "gw_a" });
    const url = await gateway.ready();
    const answer = await ask(url, "gw_a", "house/m", { stream: true });
    const whole = ask(url, "gw_a", "house/m");
    await expect
      .poll(async () => (await fetch(`${url}/metrics`, { headers: { "x-api-key": "gw_a" } })).text())
      .toContain("gw_running_requests 2\n");
    gateway.kill("SIGTERM");
    const text = await answer.text();
    const last = JSON.parse(text.trimEnd().split("\n").at(-1)?.slice(6) ?? "");
    expect(last).toMatchObject({ error: { code: "unavailable", partial: true } });
    expect(text).not.toContain("[DONE]");
    expect([(await whole).status, (await whole).headers.get("gw-error")]).toEqual([503, "unavailable"]);
    expect(await gateway.ended()).toBe(0);
    expect(logLines(gateway).map((line) => line.error_code)).toEqual(["unavailable", "unavailable"]);
    await vendor.close();
  });
});

describe("SIGHUP", () => {
  it("brings a new configuration without dropping a stream; a wrong one changes nothing", async () => {
    const vendor = await slowVendor();
    const directory = newDirectory();
    const file = join(directory, "gateway.yaml");
    writeFileSync(file, houseConfig(vendor.url));
    const gateway = start(directory, { GW_ADMIN_KEY: "gw_a" });
    const url = await gateway.ready();
    const answer = await ask(url, "gw_a", "house/m", { stream: true });
    const text = answer.text();

    writeFileSync(file, "providers: { house: { baseUrl: nowhere } }");
    gateway.kill("SIGHUP");
    await gateway.logs(/configuration kept/);
    expect((await providers(url)).map(({ name }) => name)).toEqual(["house"]);

    const next = await startUpstream({ status: 400, body: '{"error":{"message":"the new one"}}' });
    upstreams.push(next);
    writeFileSync(file, houseConfig(`${next.url}/v1`, "models: { fast: house/m }"));
    gateway.kill("SIGHUP");
    await gateway.logs(/configuration reloaded/);
    expect(await (await ask(url, "gw_a", "fast")).text()).toContain("the new one");

    vendor.finish();
    expect(await text).toMatch(/first half, .*second half.*\[DONE\]/s);
    gateway.kill("SIGTERM");
    expect(await gateway.ended()).toBe(0);
    await vendor.close();
  });
});

async function providers(url: string): Promise<{ name: string }[]> {
  const response = await fetch(`${url}/admin/v1/providers`, { headers: { "x-api-key": "gw_a" } });
  return ((await response.json()) as { data: { name: string }[] }).data;
}

/** Whether anybody takes a new connection. */
function accepts(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
