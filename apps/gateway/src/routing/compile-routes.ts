import { GatewayError, isGatewayError, type ModelRef } from "@gw/core";
import type { Config } from "../config/config-schema.ts";
import { followAliases } from "./follow-aliases.ts";
import type { Route } from "./route.ts";

type RouteConfig = NonNullable<Config["routes"]>[string];

/**
 * The routes of a configuration, by name.
 *
 * @param knows whether some enabled provider could be asked for a model
 * @throws {GatewayError} `invalid_request` with the field at fault in `param`: an alias or route that leads in a circle, a target
 * that is no model string, names no route, or could never be served, and weights beside an order that ignores them.
 */
export function compileRoutes(
  configured: Readonly<Record<string, RouteConfig>>,
  aliases: ReadonlyMap<string, string>,
  knows: (ref: Exclude<ModelRef, { type: "route" }>) => boolean,
): ReadonlyMap<string, Route> {
  for (const alias of aliases.keys()) follow(alias, aliases, `models.${alias}`);
  const routes = new Map(Object.entries(configured).map(([name, route]) => [name, compile(name, route)]));
  const leadsTo = new Map<string, Map<string, string>>();
  for (const [name, { targets }] of routes) {
    const next = new Map<string, string>();
    for (const [index, { model }] of targets.entries()) {
      const param = `routes.${name}.targets.${index}`;
      const ref = follow(model, aliases, param);
      if (ref.type === "route") {
        if (!routes.has(ref.name)) throw refuse(param, `there is no route ${ref.name}`);
        next.set(ref.name, param);
      } else if (!knows(ref)) throw refuse(param, `no enabled provider could serve ${model}`);
    }
    leadsTo.set(name, next);
  }
  for (const name of routes.keys()) refuseCircle(name, leadsTo, []);
  return routes;
}

function compile(name: string, config: RouteConfig): Route {
  const { order = "listed", splitBy = "session", require = null } = config;
  const { connectTimeoutMs, firstContentTimeoutMs, idleTimeoutMs } = config;
  const targets = config.targets.map((target) =>
    typeof target === "string"
      ? { model: target, weight: null, when: null }
      : { model: target.model, weight: target.weight ?? null, when: target.when ?? null },
  );
  if (order !== "listed" && targets.some(({ weight }) => weight !== null)) {
    throw refuse(`routes.${name}.order`, "must be listed where targets have weights");
  }
  return {
    name,
    targets,
    order,
    splitBy,
    require,
    timeouts: {
      ...(connectTimeoutMs !== undefined && { connectTimeoutMs }),
      ...(firstContentTimeoutMs !== undefined && { firstContentTimeoutMs }),
      ...(idleTimeoutMs !== undefined && { idleTimeoutMs }),
    },
    deadlineMs: config.deadlineMs ?? null,
    maxAttempts: config.maxAttempts ?? null,
  };
}

function follow(model: string, aliases: ReadonlyMap<string, string>, param: string): ModelRef {
  try {
    return followAliases(model, aliases);
  } catch (cause) {
    throw refuse(param, isGatewayError(cause) ? cause.message : "is no model string", cause);
  }
}

function refuseCircle(
  name: string,
  leadsTo: ReadonlyMap<string, ReadonlyMap<string, string>>,
  way: readonly string[],
): void {
  for (const [next, param] of leadsTo.get(name) ?? []) {
    const longer = [...way, name];
    if (longer.includes(next)) throw refuse(param, `leads in a circle: ${[...longer, next].join(" -> ")}`);
    refuseCircle(next, leadsTo, longer);
  }
}

function refuse(param: string, problem: string, cause?: unknown): GatewayError {
  return new GatewayError("invalid_request", `${param}: ${problem}`, { param, cause });
}
