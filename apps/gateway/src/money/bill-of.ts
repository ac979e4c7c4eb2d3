import { type ExtraUnits, type PricedUsage, priceOf, type SettledPrice } from "@gw/billing";
import type { PriceRow } from "@gw/catalog";
import { isJsonObject, type Usage, unknownUsage } from "@gw/core";
import type { Attempt, Operation } from "../operation.ts";
import { tokensIn } from "./output-seen.ts";
import { priceRowOf } from "./price-row-of.ts";
import { countsOf } from "./usage-counts.ts";

/** What an operation came to. */
export interface Bill {
  /** `null`: no price is known. */
  readonly price: SettledPrice | null;
  /** By class; what nobody knows is left out. */
  readonly tokens: Readonly<Record<string, number>>;
  /** Part of it is not the vendor's own count, or has no price of its own. */
  readonly estimated: boolean;
}

/**
 * What the attempts of an operation cost together: the one that answered, by the usage that its vendor told, and those that failed
 * once their vendor had begun to answer. `null` where nothing was used as far as anybody knows.
 *
 * @param operation closed
 */
export function billOf(operation: Operation): Bill | null {
  if (operation.free) return null;
  const { attempts, lastAttempt, answered, usage, error } = operation;
  const parts = failedParts(operation, answered ? attempts.slice(0, -1) : attempts);
  if (answered && lastAttempt !== null) {
    const part = answeredPart(operation, lastAttempt, usage ?? unknownUsage, error === null);
    parts.push(mayHideOutput(operation, lastAttempt) ? atTheHold(operation, lastAttempt, part, parts) : part);
  }
  if (parts.length === 0) return null;
  const tokens: Record<string, number> = {};
  for (const part of parts) {
    for (const [name, count] of Object.entries(tokensOf(part))) tokens[name] = (tokens[name] ?? 0) + count;
  }
  return { price: priceOfAll(parts), tokens, estimated: parts.some(({ estimated }) => estimated) };
}

/** What an operation costs so far with a usage that has come, as {@link billOf} will have it; `null` where no price is known. */
export function costSoFar(operation: Operation, usage: Usage): bigint | null {
  if (operation.free) return 0n;
  const { attempts, lastAttempt } = operation;
  const parts = failedParts(operation, attempts.slice(0, -1));
  if (lastAttempt !== null) parts.push(answeredPart(operation, lastAttempt, usage, true));
  return priceOfAll(parts)?.costNanoUsd ?? null;
}

/** What an attempt that gave its caller nothing may have cost, for the next one to be held for as well; `null` without a price. */
export function failureCost(operation: Operation, attempt: Attempt): bigint | null {
  if (wasLeft(operation, attempt)) return operation.spending?.attemptNanoUsd ?? null;
  return failedPart(operation, attempt)?.priced?.costNanoUsd ?? null;
}

interface Part {
  readonly usage: Usage;
  readonly row: PriceRow | null;
  readonly priced: PricedUsage | null;
  readonly estimated: boolean;
}

/** Those of the attempts that cost something. */
function failedParts(operation: Operation, attempts: readonly Attempt[]): Part[] {
  const parts: Part[] = [];
  for (const attempt of attempts) {
    const part = wasLeft(operation, attempt) ? leftPart(operation, attempt, parts) : failedPart(operation, attempt);
    if (part !== null) parts.push(part);
  }
  return parts;
}

/** @param complete whether the answer came to its own end, so that its vendor's count is of all of it */
function answeredPart(operation: Operation, attempt: Attempt, usage: Usage, complete: boolean): Part {
  const output = usage.outputTokens;
  const estimatesOutput = operation.generates && (output === null || !complete);
  const seen = operation.outputSeen.tokens();
  const whole: Usage = {
    ...usage,
    inputTokens: usage.inputTokens ?? tokensIn(operation.requestBytes),
    outputTokens: estimatesOutput ? Math.max(output ?? 0, seen) : (output ?? 0),
  };
  return partOf(operation, attempt, whole, estimatesOutput || usage.inputTokens === null);
}

/**
 * What an attempt cost that gave its caller nothing: the usage that its vendor had told by then; else an estimate by the request,
 * where an answer with a status of 2xx broke off. Who answers with another status or not at all bills nothing, nor does who says
 * inside the answer that it failed, but for the usage told before.
 */
function failedPart(operation: Operation, attempt: Attempt): Part | null {
  const { status, error } = attempt;
  const brokeOff = status !== null && status >= 200 && status <= 299 && (error?.upstream ?? null) === null;
  if (!brokeOff && !isTold(attempt.usage)) return null;
  const usage = attempt.usage ?? unknownUsage;
  const whole: Usage = {
    ...usage,
    inputTokens: usage.inputTokens ?? tokensIn(operation.requestBytes),
    outputTokens: usage.outputTokens ?? 0,
  };
  return partOf(operation, attempt, whole, true);
}

/**
 * Whether its caller left an attempt before an answer came, or would wait no longer: the vendor may be at work, and says nothing any
 * more.
 */
function wasLeft({ hasty }: Operation, { status, error, usage }: Attempt): boolean {
  const left = error?.code === "aborted" || error?.code === "cancelled" || (hasty && error?.code === "timed_out");
  return left && !isTold(usage) && (status === null || status <= 299);
}

/**
 * What an attempt may have cost that was left: with a hold as much as is held for an attempt, and of the last one all that the others
 * did not use, so that no limit is passed unseen; else the request alone.
 */
function leftPart(operation: Operation, attempt: Attempt, earlier: readonly Part[]): Part {
  const request = { ...unknownUsage, inputTokens: tokensIn(operation.requestBytes), outputTokens: 0 };
  return atTheHold(operation, attempt, partOf(operation, attempt, request, true), earlier);
}

/** Whether a model that thinks was stopped before its vendor had counted: nobody saw what it thought. */
function mayHideOutput({ state, usage }: Operation, { target }: Attempt): boolean {
  return state === "cancelled" && (usage?.outputTokens ?? null) === null && target.facts?.reasoning === true;
}

/** The same at what is held for it; as it is without a hold. */
function atTheHold(operation: Operation, attempt: Attempt, part: Part, earlier: readonly Part[]): Part {
  const { heldNanoUsd = null, attemptNanoUsd = 0n } = operation.spending ?? {};
  if (heldNanoUsd === null || part.row === null) return part;
  const usedNanoUsd = priceOfAll(earlier)?.costNanoUsd ?? 0n;
  const rest = heldNanoUsd > usedNanoUsd ? heldNanoUsd - usedNanoUsd : 0n;
  const costNanoUsd = attempt === operation.lastAttempt || rest < attemptNanoUsd ? rest : attemptNanoUsd;
  return { ...part, priced: { priceRow: part.row.id, lines: [], costNanoUsd, incomplete: [] } };
}

function isTold(usage: Usage | null): boolean {
  return usage !== null && (usage.inputTokens !== null || usage.outputTokens !== null);
}

/**
 * Rounded once; `null` where none of them has a price: one that has none must not hide what the others cost. The lines add up to the
 * cost, or there are none: what was held for an attempt has none.
 */
function priceOfAll(parts: readonly Part[]): SettledPrice | null {
  const priced = parts.map((part) => part.priced).filter((one) => one !== null);
  const [first] = priced;
  if (first === undefined) return null;
  if (priced.length === 1) return { priceRow: first.priceRow, lines: first.lines, costNanoUsd: first.costNanoUsd };
  const priceRow = [...new Set(priced.map((one) => one.priceRow))].join(" + ");
  if (priced.some(({ lines, costNanoUsd }) => lines.length === 0 && costNanoUsd > 0n)) {
    return { priceRow, lines: [], costNanoUsd: priced.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0n) };
  }
  const lines = priced.flatMap((one) => one.lines);
  const costPicoUsd = lines.reduce((sum, line) => sum + line.costPicoUsd, 0n);
  return { priceRow, lines, costNanoUsd: (costPicoUsd + 500n) / 1_000n };
}

function partOf(operation: Operation, { target }: Attempt, usage: Usage, estimated: boolean): Part {
  const row = priceRowOf(target, operation.terms, operation.pricedAtMs);
  const found = row === null ? null : priceOf(usage, row, row.rates.request === undefined ? [] : [requestOf(usage)]);
  const priced = found !== null && found.lines.length === 0 && found.incomplete.length > 0 ? null : found;
  return { usage, row, priced, estimated: estimated || (priced !== null && priced.incomplete.length > 0) };
}

/** The one request that it was; some vendors charge it by how much a search was to bring, which their usage says. */
function requestOf({ raw }: Usage): ExtraUnits {
  const size = isJsonObject(raw) ? raw.search_context_size : undefined;
  return { class: "request", units: 1, ...(typeof size === "string" && { size }) };
}

function tokensOf({ usage, row, priced }: Part): Record<string, number> {
  const savings = row !== null && priced !== null ? cacheSavings(row, priced) : null;
  return { ...countsOf(usage), ...(savings !== null && { cacheSavingsNanoUsd: savings }) };
}

/** What reading from a cache cost less than reading anew, where both prices are known. */
function cacheSavings({ rates: { input, cacheRead } }: PriceRow, { lines }: PricedUsage): number | null {
  const read = lines.find((line) => line.class === "cacheRead");
  if (read === undefined || input === undefined || cacheRead === undefined) return null;
  const saved = Math.round(read.units * (input.nanoUsd / input.per - cacheRead.nanoUsd / cacheRead.per));
  return Number.isSafeInteger(saved) ? Math.max(0, saved) : null;
}
