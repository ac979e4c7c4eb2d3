import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { describe, expect, it } from "vitest";
import { adminKey } from "../robustness/running-gateway.ts";
import { failing, good, stage } from "./stage.ts";

describe("what is told of a call", () => {
  it("is every attempt, in the log", async () => {
    const hangs = { faults: [{ type: "stall", after: "request" }] } as const;
    await using three = await stage(
      { first: hangs, second: failing(503), third: good },
      { firstContentTimeoutMs: 200, providers: { second: { apiKey: undefined, apiKeys: ["a", "b"] } } },
    );
    const answer = await three.chat();
    expect(answer.headers).toMatchObject({ "gw-provider": "third", "gw-model": "m", "gw-attempts": "3" });
    const attempts = await three.attemptsOf(answer);
    expect(attempts).toMatchObject([
      { provider: "first", key: null, model: "m", status: null, error_code: "timed_out" },
      { provider: "second", key: expect.stringMatching(/^second(#2)?$/), status: 503, error_code: "overloaded" },
      { provider: "third", key: null, status: 200, error_code: null },
    ]);
  });

  it("is that a refused connection was tried twice before the next target", async () => {
    await using two = await stage({ first: good, second: good });
    await two.vendors.first.close();
    const answer = await two.chat();
    expect(answer.headers).toMatchObject({ "gw-provider": "second", "gw-attempts": "3" });
    const attempts = await two.attemptsOf(answer);
    expect(attempts.map(({ provider, error_code }) => [provider, error_code])).toEqual([
      ["first", "connection_failed"],
      ["first", "connection_failed"],
      ["second", null],
    ]);
  });

  it("is every attempt, in the metrics, by names that no caller chose", async () => {
    const models = { "first/m": { offers: [{ provider: "second", model: "gpt-5.5" }] } };
    const openai = { second: { package: "@gw/provider-openai" } };
    await using two = await stage({ first: failing(500), second: good }, { models, providers: openai });
    await two.chat();
    await two.chat();
    const { text } = await two.gw.call("GET", "/metrics");
    const lines = text.split("\n").filter((line) => line.startsWith("gw_attempts_total{"));
    expect(lines.toSorted()).toEqual([
      'gw_attempts_total{provider="first",model="other",code="upstream_failed"} 2',
      'gw_attempts_total{provider="second",model="gpt-5.5",code="ok"} 2',
    ]);
  });

  it("is when the first of all targets takes calls again", async () => {
    await using two = await stage({
      first: failing(429, { "retry-after": "40" }),
      second: failing(429, { "retry-after-ms": "60000", "x-should-retry": "true" }),
    });
    const answer = await two.chat();
    expect([answer.status, answer.headers["gw-error"]]).toEqual([429, "rate_limited"]);
    const told = ({ headers }: typeof answer) => [
      headers["retry-after"],
      headers["retry-after-ms"],
      headers["x-should-retry"],
    ];
    expect(told(answer)).toEqual(["40", undefined, "false"]);
    const next = await two.chat();
    expect([next.status, next.headers["gw-error"]]).toEqual([503, "overloaded"]);
    expect(told(next)).toEqual(["40", undefined, "false"]);
    expect(two.asked()).toEqual({ first: 1, second: 1 });
  });
});

describe("the official SDKs do not repeat what the gateway has tried", () => {
  it.each([429, 500, 503, 529])("after a %i", async (status) => {
    await using one = await stage(
      { only: failing(status, { "x-should-retry": "true" }) },
      { maxAttempts: 1, breaker: { failuresInRow: 1_000, minCalls: 1_000 } },
    );
    const messages = [{ role: "user" as const, content: "hi" }];
    const openai = new OpenAI({ baseURL: `${one.gw.url}/v1`, apiKey: adminKey });
    await expect(openai.chat.completions.create({ model: "only/m", messages })).rejects.toMatchObject({ status });
    expect(one.asked()).toEqual({ only: 1 });
    const anthropic = new Anthropic({ baseURL: one.gw.url, apiKey: adminKey });
    const asked = anthropic.messages.create({ model: "only/m-2", max_tokens: 9, messages });
    await expect(asked).rejects.toMatchObject({ status });
    expect(one.asked()).toEqual({ only: 2 });
  });
});
