import type { Posting, Settlement } from "@gw/billing";
import { eachSettled, type LedgerStore, type PriceChange, priceOf, priceRowFor, reprice } from "@gw/billing";
import { type Catalog, type Offer, type PriceRow, parsePriceRowId } from "@gw/catalog";
import type { Usage } from "@gw/core";
import { operationTimeMs } from "../operation.ts";

/**
 * What the prices of a catalogue would have meant for calls that were settled by others, or by none, at the day and hour at which
 * they were sent. Calls whose cost is an estimate stay as they are, and with them those whose failed attempts were paid for too.
 *
 * @throws {GatewayError} `unavailable`
 */
export async function repriced(
  store: Pick<LedgerStore, "settled">,
  catalog: Pick<Catalog, "models">,
  range: { readonly fromMs: number; readonly toMs: number },
): Promise<readonly PriceChange[]> {
  const postings: Posting[] = [];
  for await (const posting of eachSettled(store, range)) postings.push({ ...posting, atMs: sentAtMs(posting) });
  const offers = new Map<string, Offer>(
    catalog
      .models()
      .flatMap(({ offers: own }) => own.map((offer) => [`${offer.provider}/${offer.model}`, offer] as const)),
  );
  return reprice(postings, (settlement, atMs) => {
    const row = rowFor(settlement, atMs, offers);
    if (row === null) return null;
    const { priceRow, lines, costNanoUsd } = priceOf(
      usageOfTokens(settlement.tokens),
      row,
      row.rates.request === undefined ? [] : [{ class: "request", units: 1 }],
    );
    return { priceRow, lines, costNanoUsd };
  });
}

// The books tell when a call was over, ids of operations when it came.
function sentAtMs({ operationId, atMs }: Posting): number {
  return Math.min(operationTimeMs(operationId) ?? atMs, atMs);
}

function rowFor(
  { priceRow, lines, provider, dimensions, estimated }: Settlement,
  atMs: number,
  offers: ReadonlyMap<string, Offer>,
): PriceRow | null {
  if (estimated) return null;
  if (priceRow === null) {
    const { model = "" } = dimensions;
    const offer = offers.get(model) ?? offers.get(`${provider}/${model.slice(model.indexOf("/") + 1)}`);
    return offer === undefined ? null : priceRowFor(offer, { atMs });
  }
  const named = parsePriceRowId(priceRow);
  const offer = named === null ? undefined : offers.get(named.offer);
  if (named === null || offer === undefined || lines.length === 0) return null;
  return priceRowFor(offer, { atMs, serviceTier: named.serviceTier, region: named.region });
}

/** The usage that tokens on the books were counted from; a class that is not there is unknown. */
function usageOfTokens(tokens: Readonly<Record<string, number>>): Usage {
  const count = (name: string): number | null => tokens[name] ?? null;
  return {
    inputTokens: count("input"),
    cacheReadTokens: count("cacheRead"),
    cacheWriteTokens: count("cacheWrite"),
    cacheWrite1hTokens: count("cacheWrite1h"),
    inputAudioTokens: count("inputAudio"),
    inputImageTokens: count("inputImage"),
    outputTokens: count("output"),
    reasoningTokens: count("reasoning"),
    outputAudioTokens: count("outputAudio"),
    outputImageTokens: count("outputImage"),
    webSearches: count("webSearches"),
  };
}
