import { randomBytes } from "node:crypto";
import type { GatewayError, ParamNote, Usage } from "@gw/core";
import { OutputSeen } from "./money/output-seen.ts";
import { type PricedTerms, pricedTerms } from "./money/price-row-of.ts";
import type { Spending } from "./money/spending.ts";
import type { RouteTarget } from "./routing/route-plan.ts";
import type { Principal } from "./tenant.ts";

/** One try at one target. */
export interface Attempt {
  readonly provider: string;
  readonly target: RouteTarget;
  /** Which of the provider's keys, where it has several: its label, never the key. */
  readonly key: string | null;
  readonly model: string;
  readonly lane: "native" | "translated";
  /** Milliseconds since the operation began. */
  readonly startedAfterMs: number;
  /** How long the call had waited before it, for a pause or a rest to end. */
  waitedMs: number;
  /** To its failure, or to the end of its answer. */
  durationMs: number | null;
  /** From its start to the first content of a stream. */
  firstContentMs: number | null;
  /** The vendor's status, `null` when no reply came. */
  status: number | null;
  /** The vendor's id of the request. */
  upstreamRequestId: string | null;
  error: GatewayError | null;
  /** What a failed attempt had used by the vendor's own account; `null`: it did not say. */
  usage: Usage | null;
}

/** How far an operation has come. It is opened once and closed once. */
export type OperationState = "running" | "succeeded" | "failed" | "cancelled";

/**
 * The unit of work: what one call asked for, who asked, what was tried and how it ended.
 *
 * It carries no prompt and no answer.
 */
export class Operation {
  readonly id: string;
  readonly endpoint: string;
  readonly startedAtMs: number;
  readonly #startedAt: number;
  principal: Principal | null = null;
  /** The model as the caller wrote it. */
  model: string | null = null;
  stream = false;
  metadata: Readonly<Record<string, string | number | boolean>> = {};
  sessionId: string | null = null;
  /** Its caller says how long it waits, rather than the gateway. */
  hasty = false;
  /** The end user, where the caller names one. */
  user: string | null = null;
  readonly attempts: Attempt[] = [];
  notes: readonly ParamNote[] = [];
  /** A bound that the gateway set so that the call fits its limits: `name=tokens`. */
  limitedParam: string | null = null;
  state: OperationState = "running";
  /** What the caller saw. */
  httpStatus: number | null = null;
  error: GatewayError | null = null;
  /** Whether its last attempt gave the caller an answer, or a part of one; told when it is closed. */
  answered = false;
  usage: Usage | null = null;
  finishReason: string | null = null;
  /** What the caller's body says of the price, and how large it is. */
  terms: PricedTerms = pricedTerms({});
  requestBytes = 0;
  /** Wall clock of the money, in ms since 1970: prices are those of this moment. */
  pricedAtMs = 0;
  /** Nobody charges for it: it counts tokens. */
  free = false;
  /** Its answer is made of tokens that are charged. */
  generates = true;
  readonly outputSeen = new OutputSeen();
  /** `null` until limits may be in scope. */
  spending: Spending | null = null;
  /** `null` while it runs, and where no price is known. */
  costNanoUsd: bigint | null = null;
  /** To the first content of the answer, since the operation began. */
  firstContentMs: number | null = null;
  durationMs: number | null = null;
  /** Time spent waiting for the vendor. */
  upstreamMs = 0;

  constructor(endpoint: string) {
    this.endpoint = endpoint;
    this.startedAtMs = Date.now();
    this.id = operationId(this.startedAtMs);
    this.#startedAt = performance.now();
  }

  /** As callers see it. */
  get requestId(): string {
    return `req_${this.id}`;
  }

  elapsedMs(): number {
    return performance.now() - this.#startedAt;
  }

  /** The attempt that answered, or the last one. */
  get lastAttempt(): Attempt | null {
    return this.attempts.at(-1) ?? null;
  }

  /** Closes the operation, and with it its last attempt. A second call changes nothing: what came first is how it ended. */
  close(error: GatewayError | null): boolean {
    if (this.state !== "running") return false;
    const { lastAttempt } = this;
    this.answered = this.usage !== null && lastAttempt?.error === null;
    this.error = error;
    this.state = error === null ? "succeeded" : isCancelled(error) ? "cancelled" : "failed";
    this.durationMs = this.elapsedMs();
    if (lastAttempt !== null) {
      if (error !== null) lastAttempt.error ??= error;
      else if (this.stream) lastAttempt.durationMs = this.durationMs - lastAttempt.startedAfterMs;
    }
    return true;
  }
}

/** The caller went away, or had it stopped. */
function isCancelled({ code }: GatewayError): boolean {
  return code === "aborted" || code === "cancelled";
}

let randomPool = Buffer.alloc(0);

/**
 * 32 hexadecimal digits: the time in milliseconds, then 80 random bits. Ids that grow with time are appended to an index
 * instead of being scattered over it, which makes a store several times cheaper.
 */
function operationId(nowMs: number): string {
  if (randomPool.length < 10) randomPool = randomBytes(4_000);
  const random = randomPool.toString("hex", 0, 10);
  randomPool = randomPool.subarray(10);
  return timePrefix(nowMs) + random;
}

/** When an operation came, in ms since 1970, by its id; `null` for what is no such id. */
export function operationTimeMs(id: string): number | null {
  const time = /^([0-9a-f]{12})[0-9a-f]{20}$/.exec(id)?.[1];
  return time === undefined ? null : Number.parseInt(time, 16);
}

/** No request of an earlier time has an id that comes after this one. */
export function firstRequestIdAt(timeMs: number): string {
  return `req_${timePrefix(timeMs)}`;
}

function timePrefix(timeMs: number): string {
  return timeMs.toString(16).padStart(12, "0");
}
