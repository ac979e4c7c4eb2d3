import { describe, expect, it } from "vitest";
import type { RouteTarget } from "../../src/routing/route-plan.ts";
import { SessionAffinity } from "../../src/routing/session-affinity.ts";
import { directoryOf } from "./directory.ts";
import { planOf, providersOf } from "./resolved.ts";

const directory = () => directoryOf({ providers: { anthropic: {}, bedrock: {} } });
const model = "anthropic/claude-opus-4-6";
const fiveMinutesMs = 300_000;

function answeredByBedrock(own: ReturnType<typeof directory>, sessionId: string, nowMs: number): void {
  const { affinity, targets } = planOf(model, own, { sessionId });
  own.affinity.answered(affinity ?? "", targets.find(({ via }) => via.name === "bedrock") as RouteTarget, nowMs);
}

describe("a session", () => {
  it("goes first to who answered it last, for 5 minutes since then", () => {
    const own = directory();
    answeredByBedrock(own, "s", 1_000);
    const at = (nowMs: number) => providersOf(model, own, { sessionId: "s", nowMs });
    expect(at(1_000)).toEqual(["bedrock", "anthropic"]);
    expect(at(1_000 + fiveMinutesMs - 1)).toEqual(["bedrock", "anthropic"]);
    expect(at(1_000 + fiveMinutesMs)).toEqual(["anthropic", "bedrock"]);
    answeredByBedrock(own, "s", 2_000);
    expect(at(1_000 + fiveMinutesMs)).toEqual(["bedrock", "anthropic"]);
  });

  it("is one of its project and of the model that is asked for", () => {
    const own = directory();
    answeredByBedrock(own, "s", 0);
    expect(providersOf(model, own, { sessionId: "t" })).toEqual(["anthropic", "bedrock"]);
    expect(providersOf("claude-opus-4-6", own, { sessionId: "s" })).toEqual(["anthropic", "bedrock"]);
    const tenant = { organisation: "default", project: "other", keyId: "k" };
    const principal = { tenant, admin: false, models: null, metadata: {} };
    expect(providersOf(model, own, { sessionId: "s", principal })).toEqual(["anthropic", "bedrock"]);
  });

  it("is named by the body's session_id before the header", () => {
    const own = directory();
    answeredByBedrock(own, "s", 0);
    expect(providersOf(model, own, { sessionId: "t", body: { session_id: "s" } })).toEqual(["bedrock", "anthropic"]);
  });

  it("does not go to a target that is no longer wanted", () => {
    const own = directory();
    answeredByBedrock(own, "s", 0);
    const body = { provider: { ignore: ["bedrock"] } };
    expect(providersOf(model, own, { sessionId: "s", body })).toEqual(["anthropic"]);
  });

  it("yields to an order that the call gives itself", () => {
    const own = directory();
    answeredByBedrock(own, "s", 0);
    const body = { provider: { order: ["anthropic"] } };
    expect(planOf(model, own, { sessionId: "s", body }).affinity).toBeNull();
    expect(providersOf(model, own, { sessionId: "s", body })).toEqual(["anthropic", "bedrock"]);
  });

  it("is not remembered where there is nothing to choose, or its id is too long", () => {
    const alone = directoryOf({ providers: { anthropic: {} } });
    expect(planOf(model, alone, { sessionId: "s" }).affinity).toBeNull();
    expect(planOf(model, directory(), {}).affinity).toBeNull();
    expect(planOf(model, directory(), { sessionId: "x".repeat(256) }).affinity).not.toBeNull();
    expect(planOf(model, directory(), { sessionId: "x".repeat(257) }).affinity).toBeNull();
  });
});

describe("SessionAffinity", () => {
  const [target] = planOf(model, directory()).targets as [RouteTarget];

  it("forgets the oldest sessions first when there are too many", () => {
    const affinity = new SessionAffinity();
    for (let index = 0; index <= 50_000; index += 1) affinity.answered(`s${index}`, target, 0);
    expect([affinity.size, affinity.preferred("s0", 0), affinity.preferred("s1", 0)]).toEqual([50_000, null, model]);
  });

  it("keeps none whose time is over", () => {
    const affinity = new SessionAffinity();
    for (const [key, nowMs] of [
      ["a", 0],
      ["b", 1],
      ["a", 2],
    ] as const)
      affinity.answered(key, target, nowMs);
    affinity.answered("c", target, 1 + fiveMinutesMs);
    expect([affinity.size, affinity.preferred("a", 0), affinity.preferred("b", 0)]).toEqual([2, model, null]);
  });
});
