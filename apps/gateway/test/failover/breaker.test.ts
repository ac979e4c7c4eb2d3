import { setTimeout as sleep } from "node:timers/promises";
import type { ScriptedReply, UpstreamScript } from "@gw/provider-testkit";
import { expect, it } from "vitest";
import { failing, good, type Stage, stage } from "./stage.ts";

const breaker = { failuresInRow: 2, openMs: 400 };

/** A vendor whose replies can be changed while it runs. */
function changing(first: UpstreamScript) {
  const vendor = { script: first };
  const reply: UpstreamScript = (request, index) =>
    typeof vendor.script === "function" ? vendor.script(request, index) : (vendor.script as ScriptedReply);
  return { vendor, reply };
}

async function breakerOf({ gw }: Stage<"first" | "second">) {
  const { data } = (await gw.call("GET", "/admin/v1/providers")).json() as {
    data: { models: { model: string; breaker: string; open_until: string | null; ejections: number }[] }[];
  };
  return data[0]?.models[0];
}

async function openBreakers({ gw }: Stage<"first" | "second">): Promise<string | undefined> {
  const { text } = await gw.call("GET", "/metrics");
  return /^gw_open_breakers\{provider="first"\} (\d+)$/m.exec(text)?.[1];
}

it("an open breaker lets no attempt through, and a probe closes it", async () => {
  const { vendor, reply } = changing(failing(500));
  await using two = await stage({ first: reply, second: good }, { breaker });
  for (const attempts of ["2", "2", "1", "1", "1", "1"]) {
    const answer = await two.chat();
    expect([answer.headers["gw-provider"], answer.headers["gw-attempts"]]).toEqual(["second", attempts]);
  }
  expect(two.asked()).toEqual({ first: 2, second: 6 });
  const open = await breakerOf(two);
  expect(open).toMatchObject({ model: "m", breaker: "open", ejections: 1 });
  const openForMs = Date.parse(open?.open_until ?? "") - Date.now();
  expect(openForMs).toBeGreaterThan(-1_000);
  expect(openForMs).toBeLessThanOrEqual(breaker.openMs);
  expect(await openBreakers(two)).toBe("1");

  await sleep(breaker.openMs);
  expect(await breakerOf(two)).toMatchObject({ breaker: "half-open" });
  vendor.script = good;
  expect((await two.chat()).headers["gw-provider"]).toBe("first");
  expect(await breakerOf(two)).toMatchObject({ breaker: "closed", open_until: null });
  expect(await openBreakers(two)).toBe("0");
  expect(two.asked()).toEqual({ first: 3, second: 6 });
});

it("of many calls at once one is the probe, and its failure opens the breaker for twice as long", async () => {
  const { vendor, reply } = changing(failing(500));
  await using two = await stage({ first: reply, second: good }, { breaker });
  await two.chat();
  await two.chat();
  await sleep(breaker.openMs);
  vendor.script = { ...failing(500), faults: [{ type: "delay", delayMs: 200 }] };
  const headers = { authorization: "Bearer gw_test_admin", "content-type": "application/json" };
  const body = JSON.stringify({ model: "first/m", messages: [{ role: "user", content: "hi" }] });
  const call = () => fetch(`${two.gw.url}/v1/chat/completions`, { method: "POST", headers, body });
  const answers = await Promise.all(Array.from({ length: 8 }, call));
  const attempts = answers.map((answer) => answer.headers.get("gw-attempts"));
  expect(attempts.toSorted()).toEqual(["1", "1", "1", "1", "1", "1", "1", "2"]);
  expect(two.asked()).toEqual({ first: 3, second: 10 });
  expect(await breakerOf(two)).toMatchObject({ breaker: "open", ejections: 2 });
  await sleep(breaker.openMs);
  expect((await two.chat()).headers["gw-attempts"]).toBe("1");
  expect(two.asked().first).toBe(3);
});

it("behind open breakers alone a call is refused at once, with the time when one opens", async () => {
  const twenty = { failuresInRow: 1, openMs: 20_000 };
  await using two = await stage({ first: failing(500), second: failing(500) }, { breaker: twenty });
  await two.chat();
  expect(two.asked()).toEqual({ first: 1, second: 1 });
  const answer = await two.chat();
  expect(answer).toMatchObject({
    status: 503,
    headers: { "gw-error": "overloaded", "retry-after": "20", "x-should-retry": "false" },
  });
  expect(two.asked()).toEqual({ first: 1, second: 1 });
});
