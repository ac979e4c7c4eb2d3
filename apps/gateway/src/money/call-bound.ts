import type { PriceClass, PriceRow, Rate, Rates } from "@gw/catalog";
import type { DecodedCall } from "../pipeline/decode.ts";
import type { RouteTarget } from "../routing/route-plan.ts";
import { outputBoundOf } from "./output-bound.ts";
import { cachesForAnHour, namesMore } from "./request-marks.ts";

/** What a call can use of one target at most. */
export interface CallBound {
  readonly target: RouteTarget;
  readonly row: PriceRow;
  readonly inputTokens: number;
  /** Of them, what the target itself adds to the request. */
  readonly addedTokens: number;
  /** What the request only names fills so much in any case. */
  readonly namedTokens: number;
  /** What its input may be charged as. */
  readonly inputClasses: readonly PriceClass[];
  /** Over all answers; `null`: neither the request nor the catalogue says. */
  readonly outputTokens: number | null;
  /** How many answers are asked for at once. */
  readonly answers: number;
}

/** Bytes of a request, as far as they can be tokens of its input. */
export function requestBytes({ raw, body }: DecodedCall): number {
  return raw.byteLength > 0 ? raw.byteLength : Buffer.byteLength(JSON.stringify(body));
}

/** The same bytes. */
export function requestJson({ raw, body }: DecodedCall): Uint8Array {
  return raw.byteLength > 0 ? raw : Buffer.from(JSON.stringify(body));
}

/** What of a request its bound depends on; the same for all targets. */
export interface RequestSize {
  readonly bytes: number;
  /** It names what it does not show. */
  readonly named: boolean;
  /** It asks for a cache that is kept for an hour. */
  readonly hourCache: boolean;
}

/** @param bytes of the request */
export function requestSize({ body }: Pick<DecodedCall, "body">, bytes: number): RequestSize {
  return { bytes, named: namesMore(body), hourCache: cachesForAnHour(body) };
}

/**
 * What a call can use at a target: a token of input for each byte of the request, and as much output as it asks for, else as the
 * model gives. What the request or the target's own fields only name (a file, an address, an earlier answer) fills the model's
 * window.
 */
export function callBound(
  call: DecodedCall,
  target: RouteTarget,
  row: PriceRow,
  { bytes, named, hourCache }: RequestSize,
): CallBound {
  const { facts, patch } = target;
  const body = patch === null ? call.body : { ...call.body, ...patch };
  const added = patch === null ? 0 : Buffer.byteLength(JSON.stringify(patch));
  const window = facts?.maxInputTokens ?? facts?.contextTokens ?? null;
  const namedTokens = named || namesMore(patch ?? undefined) ? (window ?? 0) : 0;
  // Pictures have many bytes; no more tokens than fit are charged, as more are refused. Other calls have a window an item.
  const mostInput = call.modality === "text" && window !== null ? window : Number.POSITIVE_INFINITY;
  const { tokens, answers } = outputBoundOf(body);
  const most = tokens ?? facts?.maxOutputTokens ?? facts?.contextTokens ?? null;
  return {
    target,
    row,
    inputTokens: Math.max(Math.min(bytes + added, mostInput), namedTokens),
    addedTokens: added,
    namedTokens,
    inputClasses: hourCache || cachesForAnHour(patch ?? undefined) ? hourCacheClasses : inputClasses,
    outputTokens: call.modality === "text" ? (most === null ? null : most * answers) : 0,
    answers,
  };
}

/** The bound of a request that has so many tokens by a better count than that of its bytes; never a higher one. */
export function withRequestTokens(bound: CallBound, tokens: number): CallBound {
  const inputTokens = Math.max(tokens + bound.addedTokens, bound.namedTokens);
  return inputTokens < bound.inputTokens ? { ...bound, inputTokens } : bound;
}

/** What a call costs at most at the dearest of its targets with so much output, over all answers. */
export function dearestCost(bounds: readonly CallBound[], outputTokens: number): bigint {
  let most = 0n;
  for (const bound of bounds) {
    const cost = boundCost(bound, Math.min(outputTokens, bound.outputTokens ?? outputTokens));
    if (cost > most) most = cost;
  }
  return most;
}

/** The most tokens of output that so much pays for, below a bound; -1 where it does not even pay for the input. */
export function affordableOutput(bounds: readonly CallBound[], nanoUsd: bigint, below: number): number {
  let [fits, fails] = [-1, below];
  while (fails - fits > 1) {
    const middle = Math.floor((fits + fails) / 2);
    if (dearestCost(bounds, middle) <= nanoUsd) fits = middle;
    else fails = middle;
  }
  return fits;
}

/** What so much of it costs at the dearest of the rates that it may meet, rounded up. */
function boundCost({ row, inputTokens, inputClasses: classes }: CallBound, outputTokens: number): bigint {
  const reachable = [
    row.rates,
    ...row.contextTiers.filter((tier) => inputTokens > tier.aboveInputTokens).map(({ rates }) => rates),
  ];
  return (
    costOf(inputTokens, dearest(reachable, classes)) +
    costOf(outputTokens, dearest(reachable, outputClasses)) +
    costOf(1, dearest([...reachable, ...requestVariants(row)], ["request"]))
  );
}

/** What a request may cost by how much it is to bring. */
function requestVariants({ variants }: PriceRow): Rates[] {
  return variants.filter((one) => one.class === "request").map(({ rate }) => ({ request: rate }));
}

const inputClasses: readonly PriceClass[] = ["input", "cacheWrite5m", "inputAudio", "inputImage"];
const hourCacheClasses: readonly PriceClass[] = [...inputClasses, "cacheWrite1h"];
const outputClasses = ["output", "reasoning", "outputAudio", "outputImage"] as const;

function dearest(all: readonly Rates[], classes: readonly PriceClass[]): Rate | null {
  let found: Rate | null = null;
  for (const rates of all) {
    for (const name of classes) {
      const rate = rates[name];
      if (rate !== undefined && (found === null || rate.nanoUsd * found.per > found.nanoUsd * rate.per)) found = rate;
    }
  }
  return found;
}

function costOf(units: number, rate: Rate | null): bigint {
  if (rate === null) return 0n;
  const per = BigInt(rate.per);
  return (BigInt(units) * BigInt(rate.nanoUsd) + per - 1n) / per;
}
