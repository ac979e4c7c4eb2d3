import { expect, it } from "vitest";
import { failing, good, stage } from "./stage.ts";

it.each([401, 402, 403, 404, 408, 409, 413, 425, 429, 499, 500, 501, 502, 503, 504, 520, 521, 522, 523, 524, 529])(
  "a %i is answered by the next target",
  async (status) => {
    await using two = await stage({ first: failing(status), second: good });
    for (const stream of [false, true]) expect((await two.chat({ stream })).headers["gw-provider"]).toBe("second");
    expect(two.asked().second).toBe(2);
    expect(two.asked().first).toBeGreaterThanOrEqual(1);
  },
);

it.each([400, 422])("a %i is the caller's", async (status) => {
  await using two = await stage({ first: failing(status), second: good });
  for (const stream of [false, true]) {
    const answer = await two.chat({ stream });
    expect([answer.status, answer.headers["gw-error"]]).toEqual([status, "invalid_request"]);
    expect(answer.json()).toEqual({ error: { message: `It is ${status}` } });
  }
  expect(two.asked()).toEqual({ first: 2, second: 0 });
});

it.each([
  ["a context that is too long", 400, { code: "context_length_exceeded" }, "second"],
  ["a quota that is used up", 429, { code: "insufficient_quota" }, "second"],
  ["an unknown model", 400, { code: "model_not_found" }, "second"],
  ["a filter", 400, { code: "content_filter" }, "first"],
])("%s is told by its words", async (_case, status, words, by) => {
  const body = JSON.stringify({ error: { message: "No", type: "invalid_request_error", ...words } });
  await using two = await stage({ first: { status, body }, second: good });
  expect((await two.chat()).headers["gw-provider"]).toBe(by);
});
