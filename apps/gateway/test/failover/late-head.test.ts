import { describe, expect, it } from "vitest";
import { answerStream, beforeContent } from "../robustness/vendor-faults.ts";
import { failing, stage } from "./stage.ts";

const facts = ": gw-provider=second; gw-model=m; gw-lane=native; gw-attempts=2";
const hangs = { faults: [{ type: "stall", after: "request" }] } as const;
const soon = { commitAfterMs: 100, heartbeatMs: 50, firstContentTimeoutMs: 400 };

describe("a stream whose answer is late", () => {
  it.each([
    ["hangs before its head", hangs],
    ["hangs before its content", answerStream({ type: "stall", after: beforeContent })],
  ])("shows a head and comments, and not that the first target %s", async (_case, first) => {
    // Each event by itself: of those that come in one piece the last one has the comment.
    const second = answerStream({ type: "split", at: "every-byte" });
    await using two = await stage({ first, second }, soon);
    const answer = await two.chat({ stream: true });
    expect(answer.status).toBe(200);
    expect(answer.headers["gw-provider"]).toBeUndefined();
    const [heartbeats, events] = partsOf(answer.text);
    expect(heartbeats).toBeGreaterThan(1);
    expect(events).toEqual([
      expect.stringMatching(/^id: 0\ndata: .*"role":"assistant"/),
      expect.stringMatching(/^id: 1\ndata: .*"one "/),
      expect.stringMatching(/^id: 2\ndata: .*"two"/),
      expect.stringContaining(`id: 3\n${facts}\ndata: `),
      "id: 4\ndata: [DONE]",
    ]);
    expect(two.asked()).toEqual({ first: 1, second: 1 });
  });

  it("ends in one error event where nobody answers", async () => {
    await using two = await stage({ first: hangs, second: hangs }, { ...soon, maxAttempts: 2 });
    const answer = await two.chat({ stream: true });
    expect([answer.status, two.asked()]).toEqual([200, { first: 1, second: 1 }]);
    const [, events] = partsOf(answer.text);
    const start = `id: 0\n${facts}\ndata: `;
    expect(events).toEqual([expect.stringContaining(start)]);
    const { error } = JSON.parse(events[0]?.slice(start.length) ?? "");
    expect(error).toMatchObject({ code: "timed_out", partial: true });
    const [logged] = ((await two.gw.call("GET", "/admin/v1/logs")).json() as { data: object[] }).data;
    expect(logged).toMatchObject({ state: "failed", error_code: "timed_out", provider: "second" });
  });

  it("ends in one error event at the deadline", async () => {
    await using two = await stage({ first: hangs, second: hangs }, soon);
    const answer = await two.chat({ stream: true, headers: { "gw-deadline-ms": "300" } });
    const [, events] = partsOf(answer.text);
    expect(events).toEqual([expect.stringContaining('"code":"timed_out","partial":true')]);
    expect(two.asked()).toEqual({ first: 1, second: 0 });
  });

  it("has the status of a failure that came in time", async () => {
    await using two = await stage(
      { first: failing(503), second: failing(500) },
      { ...soon, commitAfterMs: 5_000, maxAttempts: 2 },
    );
    const answer = await two.chat({ stream: true });
    expect([answer.status, answer.headers["gw-error"], answer.headers["gw-attempts"]]).toEqual([
      500,
      "upstream_failed",
      "2",
    ]);
  });
});

/** How many comments there were, and the events. */
function partsOf(text: string): readonly [number, readonly string[]] {
  const parts = text.split("\n\n").filter((part) => part !== "");
  const events = parts.filter((part) => part !== ": ka");
  return [parts.length - events.length, events];
}
