import type { Posting, Settlement } from "@gw/billing";
import { eachSettled, type LedgerStore, type PriceChange, priceOf, priceRowFor, reprice } from "@gw/billing";
import { type Catalog, type Offer, type PriceRow, parsePriceRowId } from "@gw/catalog";
import { operationTimeMs } from "../operation.ts";
import { usageOfCounts } from "./usage-counts.ts";

/**
 * What the prices of a catalogue would have meant for calls that were settled by others, or by none, at the day and hour at which
 * they were sent. Calls whose cost is an estimate stay as they are, and with them those whose failed attempts were paid for too; so
 * do those with a fee by a size that the books do not have.
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
    if (row === null || hasSizedRequests(row)) return null;
    const { priceRow, lines, costNanoUsd } = priceOf(
      usageOfCounts(settlement.tokens),
      row,
      row.rates.request === undefined ? [] : [{ class: "request", units: 1 }],
    );
    return { priceRow, lines, costNanoUsd };
  });
}

function hasSizedRequests({ variants }: PriceRow): boolean {
  return variants.some((one) => one.class === "request");
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
