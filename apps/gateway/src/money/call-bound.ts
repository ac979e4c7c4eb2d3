import type { PriceClass, PriceRow, Rate, Rates } from "@gw/catalog";
import type { DecodedCall } from "../pipeline/decode.ts";
import type { RouteTarget } from "../routing/route-plan.ts";
import { outputBoundOf } from "./output-bound.ts";

/** What a call can use of one target at most. */
export interface CallBound {
  readonly target: RouteTarget;
  readonly row: PriceRow;
  readonly inputTokens: number;
  /** Of them, what the target itself adds to the request. */
  readonly addedTokens: number;
  /** What the request only names fills so much in any case. */
  readonly namedTokens: number;
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

/**
 * What a call can use at a target: a token of input for each byte of the request, and as much output as it asks for, else as the
 * model gives. What the request or the target's own fields only name (a file, an address, an earlier answer) fills the model's
 * window.
 *
 * @param size of the request: its bytes, and whether it {@link namesMore}
 */
export function callBound(
  call: DecodedCall,
  target: RouteTarget,
  row: PriceRow,
  { bytes, named }: { readonly bytes: number; readonly named: boolean },
): CallBound {
  const { facts, patch } = target;
  const body = patch === null ? call.body : { ...call.body, ...patch };
  const patchText = patch === null ? "" : JSON.stringify(patch);
  const added = Buffer.byteLength(patchText);
  const fillsWindow = named || reference.test(patchText);
  const namedTokens = fillsWindow ? (facts?.maxInputTokens ?? facts?.contextTokens ?? 0) : 0;
  const { tokens, answers } = outputBoundOf(body);
  const most = tokens ?? facts?.maxOutputTokens ?? facts?.contextTokens ?? null;
  return {
    target,
    row,
    inputTokens: Math.max(bytes + added, namedTokens),
    addedTokens: added,
    namedTokens,
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

/** What so much of it costs at the dearest of the rates that it may meet, rounded up. */
function boundCost({ row, inputTokens }: CallBound, outputTokens: number): bigint {
  const reachable = [
    row.rates,
    ...row.contextTiers.filter((tier) => inputTokens > tier.aboveInputTokens).map(({ rates }) => rates),
  ];
  return (
    costOf(inputTokens, dearest(reachable, inputClasses)) +
    costOf(outputTokens, dearest(reachable, outputClasses)) +
    costOf(1, dearest(reachable, ["request"]))
  );
}

const inputClasses = ["input", "cacheWrite5m", "cacheWrite1h", "inputAudio", "inputImage"] as const;
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

// Keys and values as JSON has them: what stands inside a text has its quotes escaped, and does not match.
const reference = new RegExp(
  [
    '"(?:previous_response_id|conversation|file_id|file_uri|fileUri|cachedContent)"\\s*:\\s*["{]',
    '"(?:url|image_url|file_url)"\\s*:\\s*"(?!data:)',
    '"type"\\s*:\\s*"item_reference"',
  ].join("|"),
);

/** Whether the request names something whose size it does not show. */
export function namesMore({ raw, body }: DecodedCall): boolean {
  const text =
    raw.byteLength > 0
      ? Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString("latin1")
      : JSON.stringify(body);
  return reference.test(text);
}
