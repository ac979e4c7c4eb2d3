import { splitFrames } from "@gw/provider-testkit";
import { expect, it } from "vitest";
import { messagesAgent } from "./agent-vendors.ts";
import { stage } from "./stage.ts";

const callers = [
  ["/v1/messages", { max_tokens: 9 }, { usage: { input_tokens: 10, output_tokens: 5 } }],
  ["/v1/chat/completions", {}, {}],
] as const;

it.each(callers)(
  "an answer on %s that breaks off after its first content goes on nowhere else",
  async (path, more, known) => {
    const provider = { package: "@gw/provider-anthropic" };
    await using two = await stage(
      {
        first: (request) => {
          const answer = messagesAgent(request);
          const frames = splitFrames(Buffer.from(answer.body ?? ""), "text/event-stream").slice(0, 3);
          return { ...answer, faults: [{ type: "cut", after: Buffer.concat(frames).length, how: "reset" }] };
        },
        second: messagesAgent,
      },
      { providers: { first: provider, second: provider } },
    );
    const messages = [{ role: "user", content: "Take nine steps." }];
    const answer = await two.gw.call("POST", path, { body: { model: "first/m", stream: true, messages, ...more } });
    const last = answer.text.split("\n").findLast((line) => line.startsWith("data: "));
    expect(JSON.parse(last?.slice(6) ?? "")).toMatchObject({
      error: { code: "stream_truncated", partial: true },
      ...known,
    });
    expect(answer.text.match(/"partial":true/g)).toHaveLength(1);
    expect(answer.headers).toMatchObject({ "gw-provider": "first", "gw-attempts": "1" });
    expect(two.asked()).toEqual({ first: 1, second: 0 });
    expect(await two.attemptsOf(answer)).toMatchObject([
      { provider: "first", status: 200, error_code: "stream_truncated" },
    ]);
  },
);

it("answers that break off open the breaker as other failures do", async () => {
  const provider = { package: "@gw/provider-anthropic" };
  const breaker = { minCalls: 3, failureShare: 0.5 };
  await using two = await stage(
    {
      first: (request) => ({ ...messagesAgent(request), faults: [{ type: "drop-frames", from: 3 }] }),
      second: messagesAgent,
    },
    { providers: { first: provider, second: provider }, breaker },
  );
  const messages = [{ role: "user", content: "Take nine steps." }];
  const body = { model: "first/m", stream: true, max_tokens: 9, messages };
  const answers = ["first", "first", "first", "second", "second"];
  for (const by of answers) {
    expect((await two.gw.call("POST", "/v1/messages", { body })).headers["gw-provider"]).toBe(by);
  }
  expect(two.asked()).toEqual({ first: 3, second: 2 });
});
