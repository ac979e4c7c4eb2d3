import type { UpstreamScript } from "@gw/provider-testkit";
import { describe, expect, it } from "vitest";
import { good, stage } from "./stage.ts";

const secrets = ["sk-first-secret-1", "sk-first-secret-2"] as const;
// So heavy that it comes first each time.
const apiKeys = [{ key: secrets[0], weight: 1_000_000 }, secrets[1]];
const providers = { first: { apiKey: undefined, apiKeys } };

/** Refuses these keys with a status, in words that repeat the key. */
const refusing =
  (status: number, keys: readonly string[], headers = {}): UpstreamScript =>
  (request, index) => {
    const key = (request.headers.authorization ?? "").slice("Bearer ".length);
    if (!keys.includes(key)) return (good as (...given: unknown[]) => never)(request, index);
    return { status, headers, body: JSON.stringify({ error: { message: `Not with ${key}` } }) };
  };

describe("of several keys of a provider", () => {
  it.each([
    [401, 300],
    [402, 300],
    [403, 300],
    [429, 5],
  ])("one that is answered %i rests for %i s while the next one answers", async (status, seconds) => {
    await using two = await stage({ first: refusing(status, [secrets[0]]), second: good }, { providers });
    const answer = await two.chat();
    expect([answer.status, answer.headers["gw-provider"], answer.headers["gw-attempts"]]).toEqual([200, "first", "2"]);
    const attempts = await two.attemptsOf(answer);
    expect(attempts.map((one) => [one.provider, one.key, one.status])).toEqual([
      ["first", "first", status],
      ["first", "first#2", 200],
    ]);
    const next = await two.chat();
    expect((await two.attemptsOf(next)).map(({ key }) => key)).toEqual(["first#2"]);
    expect(two.asked()).toEqual({ first: 3, second: 0 });

    const page = await two.gw.call("GET", "/admin/v1/providers");
    const [{ keys }] = (page.json() as { data: [{ keys: { label: string; resting: { until: string }[] }[] }] }).data;
    expect(keys).toMatchObject([
      { label: "first", resting: [{ model: "m", until: expect.any(String) }] },
      { label: "first#2", resting: [] },
    ]);
    const restsForMs = Date.parse(keys[0]?.resting[0]?.until ?? "") - Date.now();
    expect(restsForMs).toBeGreaterThan(seconds * 1_000 - 4_000);
    expect(restsForMs).toBeLessThanOrEqual(seconds * 1_000);
  });

  it("all are tried before the next provider, and no key is ever told", async () => {
    await using two = await stage({ first: refusing(401, secrets), second: good }, { providers });
    const answer = await two.chat();
    expect([answer.headers["gw-provider"], answer.headers["gw-attempts"]]).toEqual(["second", "3"]);
    expect(two.asked()).toEqual({ first: 2, second: 1 });
    const alone = await two.chat({ headers: { "gw-max-attempts": "1" } });
    expect(alone.headers["gw-provider"]).toBe("second");

    await using one = await stage({ first: refusing(401, secrets) }, { providers });
    const refused = await one.chat();
    expect([refused.status, one.asked()]).toEqual([401, { first: 2 }]);
    const told = await Promise.all(
      [two, one].flatMap(({ gw }) =>
        ["/metrics", "/admin/v1/providers", "/admin/v1/logs"].map(async (path) => (await gw.call("GET", path)).text),
      ),
    );
    const answers = [answer, alone, refused].map(({ headers, text }) => JSON.stringify(headers) + text);
    const everything = [...told, ...answers, ...two.gw.logged, ...one.gw.logged].join("\n");
    expect(everything).toContain("first#2");
    expect(everything).not.toContain("first-secret");
  });

  it("each takes its weight's share", async () => {
    const weighed = { first: { apiKey: undefined, apiKeys: [{ key: "a", weight: 3 }, "b"] } };
    await using one = await stage({ first: good }, { providers: weighed });
    for (let call = 0; call < 400; call += 1) await one.chat();
    const withA = one.vendors.first.requests.filter(({ headers }) => headers.authorization === "Bearer a").length;
    // Six standard deviations around 300.
    expect(withA).toBeGreaterThan(248);
    expect(withA).toBeLessThan(352);
  });
});
