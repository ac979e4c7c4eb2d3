import { describe, expect, it } from "vitest";
import type { RouteTarget } from "../../src/routing/route-plan.ts";
import { adminPrincipal } from "../../src/tenant.ts";
import { directoryOf, madeUpModel, textWithout } from "./directory.ts";
import { type CallFacts, planOf, providersOf, targetsOf } from "./resolved.ts";

const models = [
  madeUpModel("a/big", { a: [4, 8], b: [1, 2] }),
  madeUpModel("c/other", { c: [2, 2] }),
  madeUpModel("d/unpriced", { d: null }),
];
const directory = directoryOf({
  providers: {
    a: { policy: { region: "eu", zeroDataRetention: true, trainsOnData: false } },
    b: { policy: { region: "us", trainsOnData: true } },
    c: { policy: { region: "eu" } },
    d: { capabilities: textWithout("imageInput") },
  },
  models,
  aliases: { best: "a/big", chosen: "route/listed" },
  routes: {
    listed: { targets: ["c/other", "best"], deadlineMs: 9_000, maxAttempts: 2, idleTimeoutMs: 700 },
    outer: { targets: ["d/unpriced", "route/listed", "chosen"], maxAttempts: 7 },
    cheap: { targets: ["d/unpriced", "a/big", "c/other"], order: "cheapest" },
    fast: { targets: ["a/big", "c/other", "d/unpriced"], order: "fastest" },
    split: { targets: ["d/unpriced", { model: "a/big", weight: 1 }, { model: "c/other", weight: 1 }] },
    people: {
      splitBy: "user",
      targets: [
        { model: "a/big", weight: 1 },
        { model: "c/other", weight: 1 },
      ],
    },
    drawn: {
      splitBy: "request",
      targets: [
        { model: "a/big", weight: 1 },
        { model: "c/other", weight: 1 },
      ],
    },
    plans: {
      targets: [
        { model: "c/other", when: { metadata: { plan: "free" } } },
        { model: "a/big", when: { metadata: { plan: ["pro", "team"], seats: 3 }, stream: true } },
        { model: "d/unpriced", when: { modality: "embed" } },
      ],
    },
    eu: { targets: ["a/big", "c/other"], require: { region: ["eu", "ch"] } },
    private: { targets: ["a/big", "c/other", "d/unpriced"], require: { zeroDataRetention: true } },
    untrained: { targets: ["a/big", "c/other"], require: { trainsOnData: false } },
    nowhere: { targets: ["a/big"], require: { region: "mars" } },
  },
});
const route = (name: string, facts?: CallFacts) => targetsOf(`route/${name}`, directory, facts);

describe("a route", () => {
  it("is its targets in order, each with all who offer it, under both prefixes and by an alias", () => {
    const listed = ["c/other", "a/big", "b/big"];
    expect(route("listed")).toEqual(listed);
    expect(targetsOf("dynamic/listed", directory)).toEqual(listed);
    expect(targetsOf("chosen", directory)).toEqual(listed);
  });

  it("may name other routes; what several of them name comes once", () => {
    expect(route("outer")).toEqual(["d/unpriced", "c/other", "a/big", "b/big"]);
  });

  it("sets its own bounds, and none of another route's", () => {
    const plain = { strictParams: false, affinity: null };
    const { targets: _listed, ...listed } = planOf("route/listed", directory);
    expect(listed).toEqual({ deadlineMs: 9_000, maxAttempts: 2, timeouts: { idleTimeoutMs: 700 }, ...plain });
    const { targets: _outer, ...outer } = planOf("route/outer", directory);
    expect(outer).toEqual({ deadlineMs: 600_000, maxAttempts: 7, timeouts: {}, ...plain });
  });

  it("goes to the cheapest first, at 3 parts of input to 1 of output, and to unknown prices last", () => {
    expect(route("cheap")).toEqual(["b/big", "c/other", "a/big", "d/unpriced"]);
  });

  it("does not exist where nobody configured it", () => {
    expect(() => route("none")).toThrow(expect.objectContaining({ code: "model_not_found", param: "model" }));
  });

  it("puts targets behind that cannot take the request", () => {
    const body = { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "data:," } }] }] };
    expect(route("outer", { body })).toEqual(["c/other", "a/big", "b/big", "d/unpriced"]);
  });

  it("may be used by a key that names it, and no further by one that names some of its providers", () => {
    const named = { ...adminPrincipal, models: ["route/listed"] };
    for (const model of ["route/listed", "dynamic/listed", "chosen"]) {
      expect(targetsOf(model, directory, { principal: named })).toEqual(["c/other", "a/big", "b/big"]);
    }
    expect(route("listed", { principal: { ...adminPrincipal, models: ["b/*"] } })).toEqual(["b/big"]);
    expect(() => route("listed", { principal: { ...adminPrincipal, models: ["d/*"] } })).toThrow(
      expect.objectContaining({ code: "permission_denied" }),
    );
  });
});

describe("conditions", () => {
  it.each([
    [{ plan: "free" }, false, ["c/other"]],
    [{ plan: "pro", seats: 3 }, true, ["a/big", "b/big"]],
    [{ plan: "team", seats: 3, more: "x" }, true, ["a/big", "b/big"]],
  ])("metadata %j, stream %j: %j", (metadata, stream, expected) => {
    expect(route("plans", { metadata, stream })).toEqual(expected);
  });

  it.each([
    [{}, true],
    [{ plan: "pro", seats: 3 }, false],
    [{ plan: "pro", seats: "3" }, true],
    [{ plan: "pro" }, true],
    [{ plan: "other" }, true],
  ] as [Record<string, string | number>, boolean][])("metadata %j, stream %j: nobody", (metadata, stream) => {
    expect(() => route("plans", { metadata, stream })).toThrow(
      expect.objectContaining({ code: "model_not_found", param: "model" }),
    );
  });

  it("hold for what a provider states, and for no provider that states nothing", () => {
    expect(route("eu")).toEqual(["a/big", "c/other"]);
    expect(route("private")).toEqual(["a/big"]);
    expect(route("untrained")).toEqual(["a/big"]);
    expect(() => route("nowhere")).toThrow(expect.objectContaining({ code: "model_not_found" }));
  });
});

describe("a split", () => {
  const sides = (name: string, facts: (index: number) => CallFacts): string[] =>
    Array.from({ length: 64 }, (_, index) => providersOf(`route/${name}`, directory, facts(index))[0] ?? "");

  it("keeps a session on its side, with the other side and the rest as fallbacks", () => {
    const first = sides("split", (index) => ({ sessionId: `s${index}` }));
    expect(new Set(first)).toEqual(new Set(["a", "c"]));
    expect(sides("split", (index) => ({ sessionId: `s${index}` }))).toEqual(first);
    const orders = new Set(
      first.map((_, index) => providersOf("route/split", directory, { sessionId: `s${index}` }).join()),
    );
    expect(orders).toEqual(new Set(["a,b,c,d", "c,a,b,d"]));
  });

  it("goes by the user where there is no session, and by the user first where that is asked for", () => {
    const byMetadata = sides("split", (index) => ({ metadata: { user: `u${index}` } }));
    expect(new Set(byMetadata).size).toBe(2);
    expect(sides("split", (index) => ({ body: { user: `u${index}` } }))).toEqual(byMetadata);
    expect(sides("split", (index) => ({ sessionId: "s", metadata: { user: `u${index}` } }))).not.toEqual(byMetadata);
    const people = sides("people", (index) => ({ metadata: { user: `u${index}` } }));
    expect(sides("people", (index) => ({ sessionId: `s${index}`, metadata: { user: `u${index}` } }))).toEqual(people);
  });

  it("draws where nothing tells calls apart", () => {
    const draw = (...draws: number[]) => ({ random: () => draws.shift() ?? 0.5 });
    expect(providersOf("route/split", directory, draw(0.9, 0.1))[0]).toBe("a");
    expect(providersOf("route/split", directory, draw(0.1, 0.9))[0]).toBe("c");
  });

  it("by request is drawn for sessions too, and remembers none", () => {
    const draw = (...draws: number[]) => ({ sessionId: "s", random: () => draws.shift() ?? 0.5 });
    expect(providersOf("route/drawn", directory, draw(0.9, 0.1))[0]).toBe("a");
    expect(providersOf("route/drawn", directory, draw(0.1, 0.9))[0]).toBe("c");
    expect(planOf("route/drawn", directory, { sessionId: "s" }).affinity).toBeNull();
  });

  it("yields for a session to the target that answered it last", () => {
    const { affinity, targets } = planOf("route/split", directory, { sessionId: "moved" });
    directory.affinity.answered(affinity ?? "", targets.at(-1) as RouteTarget, 0);
    expect(providersOf("route/split", directory, { sessionId: "moved" })[0]).toBe("d");
  });
});

describe("fastest", () => {
  const measured = { a: 900, b: 300, c: 600 };
  for (const [provider, firstContentMs] of Object.entries(measured)) {
    const model = provider === "c" ? "other" : "big";
    directory.speeds.observe({ circuit: `${provider}/${model}`, firstContentMs, outputTokens: null, durationMs: null });
  }
  const drawing = (...draws: number[]) => providersOf("route/fast", directory, { random: () => draws.shift() ?? 0.99 });

  it("goes by the time to the first content, unknown ones last", () => {
    expect(drawing(0.05)).toEqual(["b", "c", "a", "d"]);
  });

  it("tries in one call of 20 somebody who was never measured", () => {
    expect(drawing(0.049, 0)).toEqual(["d", "b", "c", "a"]);
  });

  it("tries in one call of 20 anybody else, once all are measured", () => {
    const own = directoryOf({
      providers: { a: {}, b: {} },
      models,
      routes: { fast: { targets: ["a/big"], order: "fastest" } },
    });
    for (const [provider, firstContentMs] of [
      ["a", 1],
      ["b", 2],
    ] as const) {
      own.speeds.observe({ circuit: `${provider}/big`, firstContentMs, outputTokens: null, durationMs: null });
    }
    expect(providersOf("route/fast", own, { random: () => 0.05 })).toEqual(["a", "b"]);
    expect(providersOf("route/fast", own, { random: () => 0.04 })).toEqual(["b", "a"]);
  });
});
