import { startUpstream } from "@gw/provider-testkit";
import { describe, expect, it } from "vitest";
import { startGateway } from "../robustness/running-gateway.ts";
import { failing, good, stage, thenGood } from "./stage.ts";

// Breakers that never open: what is asked here is how often one call tries.
const breaker = { failuresInRow: 1_000_000, minCalls: 1_000_000 };

describe("the only target", () => {
  it.each([false, true])("is asked again after a pause, three times in all (stream: %s)", async (stream) => {
    await using well = await stage({ only: thenGood(failing(503), failing(500)) });
    const answer = await well.chat({ stream });
    expect([answer.status, answer.headers["gw-attempts"]]).toEqual([200, "3"]);
    const attempts = await well.attemptsOf(answer);
    expect(attempts.map(({ status, error_code }) => [status, error_code])).toEqual([
      [503, "overloaded"],
      [500, "upstream_failed"],
      [200, null],
    ]);
    expect(attempts[0]?.waited_ms).toBe(0);

    await using ill = await stage({ only: failing(503) });
    const refused = await ill.chat({ stream });
    expect([refused.status, refused.headers["gw-error"], ill.asked()]).toEqual([503, "overloaded", { only: 3 }]);
  });

  it.each([
    ["in milliseconds", 429, { "retry-after-ms": "300" }, 300],
    ["in milliseconds, of its model and not of the key,", 503, { "retry-after-ms": "600" }, 600],
    ["in seconds", 429, { "retry-after": "1" }, 1_000],
    [
      "as a date",
      429,
      { date: "Sun, 29 Nov 2026 12:00:00 GMT", "retry-after": "Sun, 29 Nov 2026 12:00:01 GMT" },
      1_000,
    ],
    ["as a limit's reset", 429, { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "400ms" }, 400],
  ])("that says when to come back %s is waited for", async (_form, status, headers, leastMs) => {
    await using one = await stage({ only: thenGood(failing(status, headers)) });
    const answer = await one.chat();
    expect([answer.status, answer.headers["gw-attempts"]]).toEqual([200, "2"]);
    const [, second] = await one.attemptsOf(answer);
    expect(second?.waited_ms).toBeGreaterThanOrEqual(leastMs);
  });

  it("that says so in the body of its error is waited for", async () => {
    const details = [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "0.4s" }];
    const body = JSON.stringify({ error: { code: 429, status: "RESOURCE_EXHAUSTED", message: "Slow down", details } });
    const parts = [{ text: "hello" }];
    const content = JSON.stringify({ candidates: [{ content: { role: "model", parts }, finishReason: "STOP" }] });
    const upstream = await startUpstream([{ status: 429, body }, { body: content }]);
    const google = { package: "@gw/provider-google", baseUrl: upstream.url, apiKey: "k" };
    const gw = await startGateway({ providers: { google } });
    const contents = [{ role: "user", parts: [{ text: "hi" }] }];
    const answer = await gw.call("POST", "/v1beta/models/google/gemini-3.5-flash:generateContent", {
      body: { contents },
    });
    expect([answer.status, answer.headers["gw-attempts"]]).toEqual([200, "2"]);
    const row = (await gw.call("GET", `/admin/v1/logs/${answer.headers["gw-request-id"]}`)).json();
    expect((row as { attempts: { waited_ms: number }[] }).attempts[1]?.waited_ms).toBeGreaterThanOrEqual(400);
    await gw.close();
    await upstream.close();
  });

  it.each([
    ["beyond the deadline", "2", { "gw-deadline-ms": "1000" }],
    ["longer than a caller should be kept", "60", {}],
  ])("is not waited for %s: the caller is told when", async (_case, seconds, headers) => {
    await using one = await stage({ only: failing(429, { "retry-after": seconds }) });
    const answer = await one.chat({ headers });
    expect(answer).toMatchObject({
      status: 429,
      headers: {
        "gw-error": "rate_limited",
        "gw-attempts": "1",
        "retry-after": seconds,
        "x-should-retry": "false",
      },
    });
    expect(one.asked()).toEqual({ only: 1 });
  });

  it.each([400, 401, 402, 403, 404, 413, 422])("that answers %i is not asked again", async (status) => {
    await using one = await stage({ only: failing(status) });
    await one.chat();
    expect(one.asked()).toEqual({ only: 1 });
  });
});

describe("the budget of attempts", () => {
  it("covers all targets together", async () => {
    const all = { one: failing(503), two: failing(500), three: failing(502), four: failing(503), five: good };
    await using five = await stage(all, { breaker });
    const answer = await five.chat();
    expect([answer.status, answer.headers["gw-attempts"]]).toEqual([503, "4"]);
    expect(five.asked()).toEqual({ one: 1, two: 1, three: 1, four: 1, five: 0 });
  });

  it("is never spent three times on each of three", async () => {
    await using three = await stage({ one: failing(503), two: failing(503), three: failing(503) }, { breaker });
    expect((await three.chat()).headers["gw-attempts"]).toBe("4");
    const { one, two, three: third } = three.asked();
    expect(one + two + third).toBe(4);
    expect(Math.min(one, two, third)).toBe(1);
  });

  it.each([
    ["gw-max-attempts", "1", { one: 1, two: 0 }],
    ["gw-max-attempts", "2", { one: 1, two: 1 }],
    ["cf-aig-max-attempts", "1", { one: 1, two: 0 }],
  ])("is what %s: %s says", async (name, value, asked) => {
    await using two = await stage({ one: failing(503), two: failing(503) }, { breaker });
    expect((await two.chat({ headers: { [name]: value } })).headers["gw-attempts"]).toBe(value);
    expect(two.asked()).toEqual(asked);
  });

  it("of time ends a call wherever it is", async () => {
    const hangs = { faults: [{ type: "stall", after: "request" }] } as const;
    await using two = await stage({ one: hangs, two: good });
    const answer = await two.chat({ headers: { "gw-deadline-ms": "300" } });
    expect([answer.status, answer.headers["gw-error"], two.asked()]).toEqual([504, "timed_out", { one: 1, two: 0 }]);
    await two.vendors.one.waitForClose(2_000);
  });
});

it("retries of a target stay within a fifth of its calls, and three", async () => {
  await using one = await stage({ only: failing(503) }, { breaker });
  const body = { model: "only/m", messages: [{ role: "user", content: "hi" }] };
  const headers = { authorization: "Bearer gw_test_admin", "content-type": "application/json" };
  const call = () =>
    fetch(`${one.gw.url}/v1/chat/completions`, { method: "POST", headers, body: JSON.stringify(body) });
  const answers = await Promise.all(Array.from({ length: 20 }, call));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
  expect(one.asked()).toEqual({ only: 20 + 20 * 0.2 + 3 });
});
