import { describe, expect, it } from "vitest";
import { compileRoutes } from "../../src/routing/compile-routes.ts";

type Configured = Parameters<typeof compileRoutes>[0];

function compile(routes: Configured, aliases: Readonly<Record<string, string>> = {}) {
  return compileRoutes(routes, new Map(Object.entries(aliases)), (ref) => ref.type === "model" && ref.provider === "a");
}

describe("compileRoutes", () => {
  it("fills in what is not said", () => {
    expect(compile({ r: { targets: ["a/m"] } }).get("r")).toEqual({
      name: "r",
      targets: [{ model: "a/m", weight: null, when: null }],
      order: "listed",
      splitBy: "session",
      require: null,
      timeouts: {},
      deadlineMs: null,
      maxAttempts: null,
    });
  });

  it.each([
    ["an alias that leads in a circle", "models.x", {}, { x: "y", y: "x" }],
    ["a route that names itself", "routes.r.targets.1", { r: { targets: ["a/m", "route/r"] } }, {}],
    [
      "routes in a circle",
      "routes.s.targets.0",
      { r: { targets: ["dynamic/s"] }, s: { targets: ["back"] } },
      { back: "route/r" },
    ],
    ["a route that is not there", "routes.r.targets.0", { r: { targets: ["route/none"] } }, {}],
    ["an alias of a route that is not there", "routes.r.targets.0", { r: { targets: ["x"] } }, { x: "route/none" }],
    ["a model that nobody could serve", "routes.r.targets.1", { r: { targets: ["a/m", { model: "b/m" }] } }, {}],
    ["what is no model string", "routes.r.targets.0", { r: { targets: ["a b"] } }, {}],
    [
      "weights beside an order that ignores them",
      "routes.r.order",
      { r: { order: "cheapest", targets: [{ model: "a/m", weight: 1 }] } },
      {},
    ],
  ] as [string, string, Configured, Record<string, string>][])("refuses %s: %s", (_name, param, routes, aliases) => {
    expect(() => compile(routes, aliases)).toThrow(expect.objectContaining({ code: "invalid_request", param }));
  });

  it("takes two routes to the same one for no circle", () => {
    const routes = { r: { targets: ["route/s", "route/t"] }, s: { targets: ["route/t"] }, t: { targets: ["a/m"] } };
    expect([...compile(routes).keys()]).toEqual(["r", "s", "t"]);
  });
});
