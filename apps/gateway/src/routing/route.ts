import type { AttemptTimeouts, Modality } from "@gw/core/types";

/** A configured choice of targets, called as `route/<name>`. */
export interface Route {
  readonly name: string;
  readonly targets: readonly RouteChoice[];
  /** `listed`: as written, or as the weights fall. */
  readonly order: "listed" | "cheapest" | "fastest";
  /** What stays on its side of a split by weight. */
  readonly splitBy: "session" | "user" | "request";
  readonly require: PolicyRequirement | null;
  readonly timeouts: Partial<AttemptTimeouts>;
  /** `null`: the gateway's. */
  readonly deadlineMs: number | null;
  /** `null`: the gateway's. */
  readonly maxAttempts: number | null;
}

/** One line of a route. */
export interface RouteChoice {
  /** A model string, an alias or another route. */
  readonly model: string;
  /** Its share against the others'; `null` and 0 take none and stay behind. */
  readonly weight: number | null;
  readonly when: RouteCondition | null;
}

type Scalar = string | number | boolean;

/** What a call must be for a choice to count. All of it has to hold. */
export interface RouteCondition {
  /** Each key with the value, or one of the values, that it must have. */
  readonly metadata?: Readonly<Record<string, Scalar | readonly Scalar[]>> | undefined;
  readonly stream?: boolean | undefined;
  readonly modality?: Modality | readonly Modality[] | undefined;
}

/** What must be stated of a provider for its targets to count. */
export interface PolicyRequirement {
  readonly region?: string | readonly string[] | undefined;
  readonly zeroDataRetention?: boolean | undefined;
  readonly trainsOnData?: boolean | undefined;
}
