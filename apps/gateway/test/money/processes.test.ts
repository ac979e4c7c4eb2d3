import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startUpstream, type Upstream } from "@gw/provider-testkit";
import { afterEach, describe, expect, it } from "vitest";
import { type GatewayProcess, newDirectory, runGw } from "../operation/gateway-process.ts";
import { adminKey } from "../robustness/running-gateway.ts";
import { chat, price, whole } from "./money-gateway.ts";

const processes: GatewayProcess[] = [];
let upstream: Upstream | null = null;
afterEach(async () => {
  for (const process of processes.splice(0)) {
    process.kill("SIGKILL");
    await process.ended();
  }
  await upstream?.close();
});

const environment = { GW_ADMIN_KEY: adminKey, GW_DATA_DIR: "data" };

function configured(upstreamUrl: string, fields: object = {}): string {
  const directory = newDirectory();
  const acme = {
    package: "@gw/provider-openai-compatible",
    baseUrl: `${upstreamUrl}/v1`,
    apiKey: "k",
    models: [{ id: "one", price }, "free"],
  };
  const limits = [{ name: "all", usd: 1, per: "total" }];
  writeFileSync(join(directory, "gateway.yaml"), JSON.stringify({ providers: { acme }, limits, ...fields }));
  return directory;
}

function started(directory: string): GatewayProcess {
  const process = runGw(["start"], directory, environment);
  processes.push(process);
  return process;
}

async function command(directory: string, ...args: string[]): Promise<{ exitCode: number | string; out: string }> {
  const process = runGw(args, directory, environment);
  return { exitCode: await process.ended(), out: process.output.stdout };
}

const headers = { authorization: `Bearer ${adminKey}` };
const ask = (url: string, fields: object = {}) =>
  fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers,
    body: JSON.stringify(chat({ max_tokens: 100, ...fields })),
  });

async function standing(url: string): Promise<{ spent_usd: number; held_usd: number }> {
  const answer = await fetch(`${url}/admin/v1/limits`, { headers });
  const { data } = (await answer.json()) as { data: { spent_usd: number; held_usd: number }[] };
  return data[0] as { spent_usd: number; held_usd: number };
}

describe("a gateway that is killed", () => {
  it("leaves books that verify, and its open holds are settled at what the vendor may have billed", async () => {
    let answers = 0;
    upstream = await startUpstream(() => {
      answers += 1;
      return answers <= 3 ? whole(7, 3) : { faults: [{ type: "stall", after: "request" }] };
    });
    const directory = configured(upstream.url);
    const first = started(directory);
    const url = await first.ready();
    for (let call = 0; call < 3; call += 1) expect((await ask(url)).status).toBe(200);
    await expect.poll(async () => (await standing(url)).spent_usd, { timeout: 5_000 }).toBe(0.000111);
    const cut = Promise.allSettled([ask(url), ask(url)]);
    await upstream.waitForRequests(5, 5_000);
    first.kill("SIGKILL");
    await cut;
    expect(JSON.parse((await command(directory, "ledger", "verify")).out)).toMatchObject({
      openHolds: 2,
      problems: [],
    });

    const again = await started(directory).ready();
    const heldUsd = (2 * (JSON.stringify(chat({ max_tokens: 100 })).length + 1_000)) / 1e6;
    await expect.poll(() => standing(again), { timeout: 30_000, interval: 200 }).toMatchObject({ held_usd: 0 });
    expect((await standing(again)).spent_usd).toBeCloseTo(0.000111 + heldUsd, 9);
    const verified = await command(directory, "ledger", "verify");
    expect([verified.exitCode, JSON.parse(verified.out)]).toMatchObject([
      0,
      { openHolds: 0, overruns: 0, problems: [] },
    ]);
  }, 60_000);
});

describe("gw ledger", () => {
  it("says where no books are, and finds what was changed in them", async () => {
    upstream = await startUpstream(() => whole(7, 3));
    const directory = configured(upstream.url);
    expect((await command(directory, "ledger", "verify")).exitCode).toBe(1);
    const gateway = started(directory);
    expect((await ask(await gateway.ready())).status).toBe(200);
    gateway.kill("SIGTERM");
    expect(await gateway.ended()).toBe(0);
    expect((await command(directory, "ledger", "verify")).exitCode).toBe(0);
    const { DatabaseSync } = await import("node:sqlite");
    const database = new DatabaseSync(join(directory, "data/ledger.db"));
    database.exec("UPDATE ledger_accounts SET posted = posted + 1 WHERE id = 'usage'");
    database.close();
    const verified = await command(directory, "ledger", "verify");
    expect(verified.exitCode).toBe(1);
    expect(JSON.parse(verified.out).problems).toContainEqual({ code: "account_differs", subject: "usage" });
  }, 60_000);

  it("shows what other prices would have meant, and books it when told to", async () => {
    upstream = await startUpstream(() => whole(7, 3));
    const directory = configured(upstream.url, { limits: [] });
    const gateway = started(directory);
    const url = await gateway.ready();
    expect([(await ask(url)).status, (await ask(url, { model: "acme/free" })).status]).toEqual([200, 200]);
    gateway.kill("SIGTERM");
    await gateway.ended();
    const dearer = { inputUsdPerMillion: 2, outputUsdPerMillion: 20 };
    const models = [
      { id: "one", price: dearer },
      { id: "free", price },
    ];
    const acme = { package: "@gw/provider-openai-compatible", baseUrl: `${upstream.url}/v1`, apiKey: "k", models };
    writeFileSync(join(directory, "gateway.yaml"), JSON.stringify({ providers: { acme } }));
    const shown = JSON.parse((await command(directory, "ledger", "reprice")).out);
    expect(shown).toMatchObject({ booked: false, difference_usd: 0.000074 });
    expect(shown.changes.map((one: Record<string, unknown>) => [one.cost_usd, one.corrected_usd])).toEqual([
      [0.000037, 0.000074],
      [null, 0.000037],
    ]);
    expect(JSON.parse((await command(directory, "ledger", "reprice", "--book")).out)).toMatchObject({ booked: true });
    expect(JSON.parse((await command(directory, "ledger", "reprice")).out)).toMatchObject({ changes: [] });
    expect((await command(directory, "ledger", "verify")).exitCode).toBe(0);
  }, 60_000);
});

describe("gw prices diff", () => {
  it("compares the shipped prices with those of the configuration, and with a file", async () => {
    const directory = newDirectory();
    const models = [{ id: "gpt-5.5", price }];
    writeFileSync(join(directory, "gateway.yaml"), JSON.stringify({ providers: { openai: { apiKey: "k", models } } }));
    const { exitCode, out } = await command(directory, "prices", "diff");
    expect(exitCode).toBe(0);
    const { differences } = JSON.parse(out) as { differences: { offer: string }[] };
    expect(new Set(differences.map(({ offer }) => offer))).toEqual(new Set(["openai/gpt-5.5"]));
    const file = {
      schemaVersion: 1,
      models: [{ id: "acme/one", sources: "acme" }],
      prices: [{ of: "acme/one", rates: { input: "1", output: "2" }, sources: "acme" }],
    };
    writeFileSync(join(directory, "one.json"), JSON.stringify(file));
    file.prices = [{ of: "acme/one", rates: { input: "1", output: "3" }, sources: "acme" }];
    writeFileSync(join(directory, "two.json"), JSON.stringify(file));
    const two = await command(directory, "prices", "diff", "one.json", "two.json");
    expect(JSON.parse(two.out)).toMatchObject({ differences: [{ offer: "acme/one", class: "output" }] });
    expect((await command(directory, "prices", "diff", "missing.json")).exitCode).toBe(1);
  }, 60_000);
});
