import { type PricedUsage, priceOf, type SettledPrice } from "@gw/billing";
import type { PriceRow } from "@gw/catalog";
import { type Usage, unknownUsage } from "@gw/core";
import type { Attempt, Operation } from "../operation.ts";
import { tokensIn } from "./output-seen.ts";
import { priceRowOf } from "./price-row-of.ts";

/** What an operation came to. */
export interface Bill {
  /** `null`: no price is known. */
  readonly price: SettledPrice | null;
  /** By class; what nobody knows is left out. */
  readonly tokens: Readonly<Record<string, number>>;
  /** Part of it is not the vendor's own count, or has no price of its own. */
  readonly estimated: boolean;
}

const oneRequest = [{ class: "request", units: 1 }] as const;

/**
 * What the attempts of an operation cost together: the one that answered, by the usage that its vendor told, and those that failed
 * where the vendor had told one by then. `null` where nothing was used as far as anybody knows.
 *
 * Called before the operation's end is written into its last attempt.
 *
 * @param answered whether the last attempt gave the caller an answer, or a part of one
 */
export function billOf(operation: Operation, answered: boolean, complete: boolean): Bill | null {
  const parts: (Part | null)[] = operation.attempts.map((attempt, index) => {
    const last = index === operation.attempts.length - 1;
    return last && answered
      ? answeredPart(operation, attempt, operation.usage ?? unknownUsage, complete)
      : failedPart(operation, attempt);
  });
  const last = operation.lastAttempt;
  if (!answered && last !== null) parts.push(abandonedPart(operation, last));
  const billed = parts.filter((part) => part !== null);
  const [first] = billed;
  if (first === undefined) return null;
  if (billed.length === 1) return billOfPart(first);
  const priced = billed.map(({ priced: one }) => one).filter((one) => one !== null);
  const tokens: Record<string, number> = {};
  for (const part of billed) {
    for (const [name, count] of Object.entries(tokensOf(part))) tokens[name] = (tokens[name] ?? 0) + count;
  }
  return {
    // One that has no price leaves the sum unknown.
    price:
      priced.length < billed.length
        ? null
        : {
            priceRow: [...new Set(priced.map(({ priceRow }) => priceRow))].join(" + "),
            lines: priced.flatMap(({ lines }) => lines),
            costNanoUsd: priced.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0n),
          },
    tokens,
    estimated: billed.some(({ estimated }) => estimated),
  };
}

/** What an operation costs so far with a usage that has come, failed attempts included; `null` where no price is known. */
export function costSoFar(operation: Operation, usage: Usage): bigint | null {
  const parts = operation.attempts.map((attempt, index) =>
    index === operation.attempts.length - 1
      ? answeredPart(operation, attempt, usage, true)
      : failedPart(operation, attempt),
  );
  let sum: bigint | null = 0n;
  for (const part of parts) {
    if (part !== null) sum = part.priced === null || sum === null ? null : sum + part.priced.costNanoUsd;
  }
  return sum;
}

/** What one failed attempt cost, where its vendor told a usage before it failed; `null` otherwise, and without a price. */
export function failureCost(operation: Operation, attempt: Attempt): bigint | null {
  return failedPart(operation, attempt)?.priced?.costNanoUsd ?? null;
}

interface Part {
  readonly usage: Usage;
  readonly row: PriceRow | null;
  readonly priced: PricedUsage | null;
  readonly estimated: boolean;
}

function answeredPart(operation: Operation, attempt: Attempt, usage: Usage, complete: boolean): Part | null {
  if (operation.free) return null;
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

function failedPart(operation: Operation, attempt: Attempt): Part | null {
  const { usage } = attempt;
  if (operation.free || usage === null || (usage.inputTokens === null && usage.outputTokens === null)) return null;
  return partOf(operation, attempt, { ...usage, outputTokens: usage.outputTokens ?? 0 }, true);
}

/**
 * What a call may have cost that its caller left before an answer came: the vendor was at work, and says nothing any more. With a
 * hold it is all that was held, so that no limit is passed unseen; else the request alone.
 */
function abandonedPart(operation: Operation, attempt: Attempt): Part | null {
  const { error, usage } = attempt;
  const left = error?.code === "aborted" || error?.code === "cancelled";
  if (!left || operation.free || (usage !== null && usage.inputTokens !== null)) return null;
  const heldNanoUsd = operation.spending?.heldNanoUsd ?? null;
  const request = { ...unknownUsage, inputTokens: tokensIn(operation.requestBytes) };
  const part = partOf(operation, attempt, { ...request, outputTokens: 0 }, true);
  if (heldNanoUsd === null || part.row === null) return part;
  const priced = { priceRow: part.row.id, lines: [], costNanoUsd: heldNanoUsd, incomplete: [] };
  return { ...part, priced };
}

function partOf(operation: Operation, { target }: Attempt, usage: Usage, estimated: boolean): Part {
  const row = priceRowOf(target, operation.terms, operation.pricedAtMs);
  const found = row === null ? null : priceOf(usage, row, row.rates.request === undefined ? [] : oneRequest);
  const priced = found !== null && found.lines.length === 0 && found.incomplete.length > 0 ? null : found;
  return { usage, row, priced, estimated: estimated || (priced !== null && priced.incomplete.length > 0) };
}

function billOfPart(part: Part): Bill {
  const { priced, estimated } = part;
  const price =
    priced === null ? null : { priceRow: priced.priceRow, lines: priced.lines, costNanoUsd: priced.costNanoUsd };
  return { price, tokens: tokensOf(part), estimated };
}

function tokensOf({ usage, row, priced }: Part): Record<string, number> {
  const tokens: Record<string, number> = {};
  const put = (name: string, count: number | null): void => {
    // What cannot be a count is unknown.
    if (count !== null && Number.isSafeInteger(count) && count >= 0) tokens[name] = count;
  };
  put("input", usage.inputTokens);
  put("cacheRead", usage.cacheReadTokens);
  put("cacheWrite", usage.cacheWriteTokens);
  put("cacheWrite1h", usage.cacheWrite1hTokens);
  put("inputAudio", usage.inputAudioTokens);
  put("inputImage", usage.inputImageTokens);
  put("output", usage.outputTokens);
  put("reasoning", usage.reasoningTokens);
  put("outputAudio", usage.outputAudioTokens);
  put("outputImage", usage.outputImageTokens);
  put("webSearches", usage.webSearches);
  if (row !== null && priced !== null) put("cacheSavingsNanoUsd", cacheSavings(row, priced));
  return tokens;
}

/** What reading from a cache cost less than reading anew, where both prices are known. */
function cacheSavings({ rates: { input, cacheRead } }: PriceRow, { lines }: PricedUsage): number | null {
  const read = lines.find((line) => line.class === "cacheRead");
  if (read === undefined || input === undefined || cacheRead === undefined) return null;
  return Math.max(0, Math.round(read.units * (input.nanoUsd / input.per - cacheRead.nanoUsd / cacheRead.per)));
}
