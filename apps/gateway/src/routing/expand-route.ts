import { GatewayError, isGatewayError, type JsonObject, type Modality } from "@gw/core";
import type { Candidate, CandidateIndex } from "./candidates.ts";
import { followAliases } from "./follow-aliases.ts";
import { cheapestFirst, fastestFirst } from "./ordering.ts";
import type { Route } from "./route.ts";
import { type ConditionedCall, meetsCondition, meetsPolicy } from "./route-conditions.ts";
import { splitByWeight } from "./split-by-weight.ts";
import type { TargetSpeeds } from "./target-speeds.ts";
import { withoutRepeats } from "./without-repeats.ts";

/** A call, as far as routes look at it. */
export interface RoutedCall extends ConditionedCall {
  readonly body: JsonObject;
  readonly sessionId: string | null;
}

/** What routes lead to. */
export interface RouteDirectory {
  readonly aliases: ReadonlyMap<string, string>;
  readonly routes: ReadonlyMap<string, Route>;
  readonly candidates: CandidateIndex;
  readonly speeds: TargetSpeeds;
}

/**
 * The targets of a route for a call, in order.
 *
 * @throws {GatewayError} `model_not_found` when its conditions leave none; else what its models fail with, when all of them do.
 */
export function expandRoute(
  route: Route,
  call: RoutedCall,
  directory: RouteDirectory,
  random: () => number,
): readonly Candidate[] {
  const choices = route.targets.filter(({ when }) => meetsCondition(when, call));
  const ordered = splitByWeight(choices, splitKey(route, call), random);
  let failure: GatewayError | null = null;
  const candidates = ordered.flatMap(({ model }): readonly Candidate[] => {
    try {
      return candidatesOf(model, call.modality, call, directory, random);
    } catch (error) {
      if (!isGatewayError(error)) throw error;
      failure ??= error;
      return [];
    }
  });
  if (candidates.length === 0 && failure !== null) throw failure;
  const allowed = withoutRepeats(candidates).filter(({ target }) => meetsPolicy(route.require, target.via.policy));
  if (allowed.length === 0) {
    throw new GatewayError("model_not_found", `The conditions of the route ${route.name} leave no target`, {
      param: "model",
    });
  }
  switch (route.order) {
    case "listed":
      return allowed;
    case "cheapest":
      return cheapestFirst(allowed);
    case "fastest":
      return fastestFirst(allowed, "latency", directory.speeds, random);
  }
}

/**
 * The targets of a model string of any kind, in order.
 *
 * @throws {GatewayError} `model_string_malformed`, `model_not_found`, `unsupported_capability`.
 */
function candidatesOf(
  model: string,
  modality: Modality,
  call: RoutedCall,
  directory: RouteDirectory,
  random: () => number,
): readonly Candidate[] {
  const ref = followAliases(model, directory.aliases);
  if (ref.type !== "route") return directory.candidates.of(ref, modality);
  return expandRoute(routeNamed(ref.name, directory.routes), call, directory, random);
}

/** @throws {GatewayError} `model_not_found`. */
export function routeNamed(name: string, routes: ReadonlyMap<string, Route>): Route {
  const route = routes.get(name);
  if (route === undefined) throw new GatewayError("model_not_found", `There is no route ${name}`, { param: "model" });
  return route;
}

function splitKey({ name, splitBy }: Route, call: RoutedCall): string | null {
  if (splitBy === "request") return null;
  const user = userOf(call);
  const [first, second] = splitBy === "session" ? [call.sessionId, user] : [user, call.sessionId];
  const key = first ?? second;
  return key === null ? null : `${name}\n${key}`;
}

/** Who the call is for, in the caller's words. */
function userOf({ metadata, body }: RoutedCall): string | null {
  const { user = body.user } = metadata;
  return user === undefined || user === null || typeof user === "object" ? null : String(user);
}
