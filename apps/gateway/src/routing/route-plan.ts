import type { CatalogModel, Offer } from "@gw/catalog";
import type { AttemptTimeouts, JsonObject } from "@gw/core/types";
import type { ConfiguredProvider } from "../config/configured-provider.ts";

/** A place where a call could be answered. */
export interface RouteTarget {
  readonly via: ConfiguredProvider;
  /** What this provider calls the model. */
  readonly model: string;
  /** Fields that replace the caller's own at this target only; `null` for the body as it is. */
  readonly patch: JsonObject | null;
  /** What is known of the model; `null`: the catalogue does not have it. */
  readonly facts: CatalogModel | null;
  /** At what price the provider sells it; `null`: nobody says that it does. */
  readonly offer: Offer | null;
}

/** Where a call goes, and how long it may try. */
export interface RoutePlan {
  /** In the order in which they are tried; at least one. */
  readonly targets: readonly RouteTarget[];
  /** Over all attempts, to the first content (streamed) or the end. */
  readonly deadlineMs: number;
  /** Over all targets. */
  readonly maxAttempts: number;
  /** Bounds of one attempt that the route sets; an absent one is the provider's. */
  readonly timeouts: Partial<AttemptTimeouts>;
  /** A target that cannot take a parameter is passed over. */
  readonly strictParams: boolean;
  /** Under which the target that answers is remembered for the session's next call; `null` without a session. */
  readonly affinity: string | null;
}
