import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startUpstream, type Upstream } from "@gw/provider-testkit";
import { afterEach, describe, expect, it } from "vitest";
import { type GatewayProcess, newDirectory, runGw } from "../operation/gateway-process.ts";
import { adminKey } from "../robustness/running-gateway.ts";
import { chat, price, streamed, type UsageRow, whole } from "./money-gateway.ts";

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
const headers = { authorization: `Bearer ${adminKey}`, "gw-metadata": '{"team":"a"}' };

function started(directory: string): GatewayProcess {
  const process = runGw(["start"], directory, environment);
  processes.push(process);
  return process;
}

async function verified(directory: string) {
  const process = runGw(["ledger", "verify"], directory, environment);
  return { exitCode: await process.ended(), report: JSON.parse(process.output.stdout) as { openHolds: number } };
}

async function usageOf(url: string): Promise<Map<string | null | undefined, UsageRow>> {
  const answer = await fetch(`${url}/admin/v1/usage?group_by=model,metadata.team`, { headers });
  const { data } = (await answer.json()) as { data: UsageRow[] };
  return new Map(data.map((row) => [row.group.model, row]));
}

const ask = (url: string, fields: object = {}) =>
  fetch(`${url}/v1/chat/completions`, { method: "POST", headers, body: JSON.stringify(chat(fields)) });
/** Of the request alone, 4 bytes a token, in USD. */
const requestUsd = (fields: object): number => Math.ceil(JSON.stringify(chat(fields)).length / 4) / 1e6;

describe("calls without a limit in scope", () => {
  it("that ran when their gateway was killed are on the books at an estimate, and those that ended are as they were", async () => {
    const words = ["one ", "two ", "three "];
    upstream = await startUpstream((request) => {
      const { model, max_tokens: tokens } = request.json() as { model: string; max_tokens?: number };
      if (tokens === 7) return { ...whole(7, 3), faults: [{ type: "delay", delayMs: 2_200 }] };
      if (model !== "two") return { faults: [{ type: "stall", after: "request" }] };
      const reply = streamed(7, 3, words);
      const begun = String(reply.body)
        .split("\n\n")
        .slice(0, 1 + words.length)
        .join("\n\n");
      return { ...reply, faults: [{ type: "stall", after: begun.length + 2 }] };
    });
    const directory = newDirectory();
    const acme = {
      package: "@gw/provider-openai-compatible",
      baseUrl: `${upstream.url}/v1`,
      apiKey: "k",
      models: [{ id: "one", price }, { id: "two", price }, "free"],
    };
    writeFileSync(join(directory, "gateway.yaml"), JSON.stringify({ providers: { acme } }));
    const first = started(directory);
    const url = await first.ready();
    const begunAt = performance.now();
    const ended = ask(url, { max_tokens: 7 });
    const cut = [ask(url), ask(url, { model: "acme/two", stream: true }), ask(url, { model: "acme/free" })];
    await upstream.waitForRequests(4, 5_000);
    expect((await ended).status).toBe(200);
    await expect.poll(async () => (await verified(directory)).report.openHolds, { timeout: 10_000 }).toBe(2);
    expect((await usageOf(url)).get("acme/one")).toMatchObject({ cost_usd: 0.000037, estimated_requests: 0 });
    expect(performance.now() - begunAt).toBeGreaterThan(2_000);
    first.kill("SIGKILL");
    await Promise.allSettled(cut);
    expect(await verified(directory)).toMatchObject({ exitCode: 0, report: { openHolds: 2 } });

    const again = await started(directory).ready();
    const counted = async () => [...(await usageOf(again)).values()].reduce((sum, { requests }) => sum + requests, 0);
    await expect.poll(counted, { timeout: 30_000, interval: 200 }).toBe(3);
    const after = await usageOf(again);
    expect([...after.keys()].sort()).toEqual(["acme/one", "acme/two"]);
    const team = { "metadata.team": "a" };
    expect(after.get("acme/one")).toMatchObject({ group: team, requests: 2, estimated_requests: 1 });
    expect(after.get("acme/one")?.cost_usd).toBeCloseTo(0.000037 + requestUsd({}), 9);
    const asked = requestUsd({ model: "acme/two", stream: true });
    expect(after.get("acme/two")).toMatchObject({ group: team, requests: 1, estimated_requests: 1 });
    expect(after.get("acme/two")?.cost_usd).toBeGreaterThanOrEqual(asked + (words.length * 10) / 1e6);
    expect(await verified(directory)).toMatchObject({ exitCode: 0, report: { openHolds: 0, problems: [] } });
  }, 90_000);
});
