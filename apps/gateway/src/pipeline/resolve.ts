import type { Catalog } from "@gw/catalog";
import { GatewayError, isGatewayError, type JsonObject, type Modality, type ModelRef, type Provider } from "@gw/core";
import type { ConfiguredProvider } from "../config/configured-provider.ts";
import type { Settings } from "../config/settings.ts";
import { inWantedOrder, onlyWanted, withoutBackups } from "../routing/apply-preferences.ts";
import { type CallRouting, type FallbackModel, maxSessionIdLength, noRouting } from "../routing/call-routing.ts";
import type { Candidate, CandidateIndex } from "../routing/candidates.ts";
import { expandRoute, type RoutedCall, routeNamed } from "../routing/expand-route.ts";
import { followAliases } from "../routing/follow-aliases.ts";
import { mayUse } from "../routing/may-use.ts";
import { cheapestFirst, fastestFirst, preferring } from "../routing/ordering.ts";
import { needsOf } from "../routing/request-needs.ts";
import type { Route } from "../routing/route.ts";
import type { RoutePlan } from "../routing/route-plan.ts";
import type { SessionAffinity } from "../routing/session-affinity.ts";
import type { TargetSpeeds } from "../routing/target-speeds.ts";
import { withoutRepeats } from "../routing/without-repeats.ts";
import type { Principal } from "../tenant.ts";

/** A provider with one of its keys, and what it calls the model. */
export interface Target {
  readonly provider: Provider;
  readonly model: string;
}

/** What model strings are resolved against. */
export interface ModelDirectory {
  readonly settings: Pick<Settings, "deadlineMs" | "maxAttempts">;
  readonly catalog: Catalog;
  readonly providers: ReadonlyMap<string, ConfiguredProvider>;
  /** Other names of model strings and routes. */
  readonly aliases: ReadonlyMap<string, string>;
  readonly routes: ReadonlyMap<string, Route>;
  readonly candidates: CandidateIndex;
  readonly affinity: SessionAffinity;
  readonly speeds: TargetSpeeds;
}

/** A call, as far as it says where it may go. */
export interface RoutableCall {
  /** The model string as written. */
  readonly model: string;
  readonly modality: Modality;
  /** Without the fields that are for the router. */
  readonly body: JsonObject;
  readonly routing: CallRouting;
  readonly stream: boolean;
}

/** Who calls. */
export interface RoutableCaller {
  readonly principal: Principal;
  readonly sessionId: string | null;
  readonly metadata: Readonly<Record<string, string | number | boolean>>;
}

/**
 * Where a call may go, in the order in which it should be tried.
 *
 * It only orders: health is for whoever walks the targets.
 *
 * @param random between 0 and 1
 * @throws {GatewayError} when no model of the call leaves a target, what the first of them failed with: `model_not_found` for an
 * unknown model or provider, and where the conditions of a route or the wishes of the call leave nobody (`param` names the
 * wish); `permission_denied` when the key may use none; `unsupported_capability` when none has the modality. For any model of
 * the call: `model_string_malformed`.
 */
export function resolve(
  call: RoutableCall,
  caller: RoutableCaller,
  directory: ModelDirectory,
  nowMs: number,
  random: () => number,
): RoutePlan {
  const { routing } = call;
  const { settings } = directory;
  const sessionId = routing.sessionId ?? caller.sessionId;
  const ref = followAliases(call.model, directory.aliases);
  const route = ref.type === "route" ? (directory.routes.get(ref.name) ?? null) : null;
  const routed = { ...call, metadata: caller.metadata, sessionId };
  const ordered = modelsInOrder(ref, routed, caller.principal, directory, random);
  // A call that is drawn anew each time, or says itself who comes first, is not held to who answered last.
  const free = route?.splitBy === "request" || Boolean(routing.provider?.order);
  const affinity = free || ordered.length < 2 ? null : affinityKey(caller.principal, call.model, sessionId);
  const preferred = affinity === null ? null : directory.affinity.preferred(affinity, nowMs);
  const preferredFirst = preferred === null ? ordered : withFirst(ordered, preferred);
  const targets = ableFirst(preferredFirst, call.body).map(({ target }) => target);
  return {
    targets: routing.disableFallbacks ? targets.slice(0, 1) : targets,
    deadlineMs: route?.deadlineMs ?? settings.deadlineMs,
    maxAttempts: route?.maxAttempts ?? settings.maxAttempts,
    timeouts: route?.timeouts ?? noTimeouts,
    strictParams: routing.provider?.requireParameters ?? false,
    affinity,
  };
}

const noTimeouts = Object.freeze({});

type SessionCall = RoutableCall & RoutedCall;

/** The call's own model, then its fallbacks; each with everybody who may answer for it. */
function modelsInOrder(
  ref: ModelRef,
  call: SessionCall,
  principal: Principal,
  directory: ModelDirectory,
  random: () => number,
): readonly Candidate[] {
  const { routing } = call;
  if (routing === noRouting) return permitted(ref, call.model, call, principal, directory, random);
  const models: readonly FallbackModel[] = [{ model: call.model, patch: null }, ...routing.fallbacks];
  let failure: GatewayError | null = null;
  const found = models.flatMap(({ model, patch }, index): readonly Candidate[] => {
    const own = index === 0 ? ref : followAliases(model, directory.aliases);
    try {
      const candidates = wanted(permitted(own, model, call, principal, directory, random), call, directory, random);
      return patch === null ? candidates : candidates.map((one) => ({ ...one, target: { ...one.target, patch } }));
    } catch (error) {
      if (!isGatewayError(error)) throw error;
      failure ??= error;
      return [];
    }
  });
  if (found.length === 0) throw failure;
  return acrossModels(withoutRepeats(found), call, directory, random);
}

function permitted(
  ref: ModelRef,
  asked: string,
  call: SessionCall,
  principal: Principal,
  directory: ModelDirectory,
  random: () => number,
): readonly Candidate[] {
  const candidates =
    ref.type === "route"
      ? expandRoute(routeNamed(ref.name, directory.routes), call, directory, random)
      : directory.candidates.of(ref, call.modality);
  if (principal.models === null) return candidates;
  // A route is one thing under either of its prefixes.
  const names = ref.type === "route" ? [asked, `route/${ref.name}`, `dynamic/${ref.name}`] : [asked];
  const allowed = candidates.filter((candidate) => mayUse(principal, names, candidate));
  if (allowed.length === 0) {
    throw new GatewayError("permission_denied", `This key may not use the model ${asked}`, { param: "model" });
  }
  return allowed;
}

function wanted(
  candidates: readonly Candidate[],
  { routing, body }: SessionCall,
  directory: ModelDirectory,
  random: () => number,
): readonly Candidate[] {
  const wishes = routing.provider;
  if (wishes === null) return candidates;
  const needs = wishes.requireParameters ? needsOf(body, lacking(candidates)) : 0;
  const left = onlyWanted(candidates, wishes, needs, directory);
  const ordered = ableFirst(inWantedOrder(left, wishes, directory, random), body);
  return wishes.allowFallbacks ? ordered : withoutBackups(ordered, wishes, directory);
}

function acrossModels(
  candidates: readonly Candidate[],
  { routing }: SessionCall,
  { speeds }: ModelDirectory,
  random: () => number,
): readonly Candidate[] {
  const sort = routing.provider?.sort;
  if (sort?.acrossModels !== true) return candidates;
  return sort.by === "price" ? cheapestFirst(candidates) : fastestFirst(candidates, sort.by, speeds, random);
}

/** Those that can take what the request plainly needs, before those that cannot. */
function ableFirst(candidates: readonly Candidate[], body: JsonObject): readonly Candidate[] {
  if (candidates.length < 2) return candidates;
  // Where all of them lack the same, looking at the body would change nothing.
  const shared = candidates.reduce((bits, { lacks }) => bits & lacks, -1);
  const differing = lacking(candidates) & ~shared;
  if (differing === 0) return candidates;
  const needs = needsOf(body, differing);
  return needs === 0 ? candidates : preferring(candidates, ({ lacks }) => (lacks & needs) === 0);
}

function lacking(candidates: readonly Candidate[]): number {
  return candidates.reduce((bits, { lacks }) => bits | lacks, 0);
}

function affinityKey({ tenant }: Principal, model: string, sessionId: string | null): string | null {
  // A header can hold more than is worth remembering.
  if (sessionId === null || sessionId.length > maxSessionIdLength) return null;
  return `${tenant.organisation}\n${tenant.project}\n${model}\n${sessionId}`;
}

function withFirst(candidates: readonly Candidate[], circuit: string): readonly Candidate[] {
  const index = candidates.findIndex((candidate) => candidate.circuit === circuit);
  const first = candidates[index];
  return first === undefined || index === 0 ? candidates : [first, ...candidates.toSpliced(index, 1)];
}
