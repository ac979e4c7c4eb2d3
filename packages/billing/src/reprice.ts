import type { Posting, SettledPrice, Settlement } from "./posting.ts";

/** What another price would mean for one operation. */
export interface PriceChange {
  readonly operationId: string;
  /** `null` when no price was known. */
  readonly costNanoUsd: bigint | null;
  /** For `Ledger.correct`, which books the difference. */
  readonly price: SettledPrice;
}

/**
 * What a corrected price would have meant for operations that were settled. Books nothing.
 *
 * @param postings in their order; those that are no settlements are passed over
 * @param priceOf the right price of a settlement, from its lines, tokens and dimensions and from when it was closed first (in ms
 *   since 1970); `null` to leave it as it is
 */
export function reprice(
  postings: Iterable<Posting>,
  priceOf: (settlement: Settlement, atMs: number) => SettledPrice | null,
): PriceChange[] {
  const newest = new Map<string, { readonly settlement: Settlement; readonly atMs: number }>();
  for (const { operationId, kind, settlement, atMs } of postings) {
    if (settlement === null || kind === "void") continue;
    // A correction tells no tokens that were told before.
    const before = newest.get(operationId);
    const tokens = { ...before?.settlement.tokens, ...settlement.tokens };
    newest.set(operationId, { settlement: { ...settlement, tokens }, atMs: before?.atMs ?? atMs });
  }
  return [...newest].flatMap(([operationId, { settlement, atMs }]): PriceChange[] => {
    const price = priceOf(settlement, atMs);
    if (price === null || price.costNanoUsd === settlement.costNanoUsd) return [];
    return [{ operationId, costNanoUsd: settlement.costNanoUsd, price }];
  });
}
