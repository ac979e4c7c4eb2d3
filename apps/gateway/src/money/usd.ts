const nanoUsdPerUsd = 1_000_000_000n;

/** Nano-USD as a number of USD, for JSON: exact to 15 digits. */
export function usdNumber(nanoUsd: bigint): number {
  return Number(usdText(nanoUsd));
}

/** Nano-USD as USD in decimals, exact and without zeros at the end. */
export function usdText(nanoUsd: bigint): string {
  const amount = nanoUsd < 0n ? -nanoUsd : nanoUsd;
  const fraction = String(amount % nanoUsdPerUsd)
    .padStart(9, "0")
    .replace(/0+$/, "");
  return `${nanoUsd < 0n ? "-" : ""}${amount / nanoUsdPerUsd}${fraction === "" ? "" : `.${fraction}`}`;
}

/** USD as a person writes them, in nano-USD, rounded to the nearest. */
export function nanoUsdOf(usd: number): bigint {
  return BigInt(Math.round(usd * 1e9));
}
