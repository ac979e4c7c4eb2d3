import { type PriceClass, usualPer } from "./price-class.ts";
import type { Rate } from "./price-row.ts";

const nanoDigits = 9;

/**
 * Reads a price: USD in decimals for the usual number of units of its class, or for the number that follows a slash.
 *
 * `"0.075"` of a token class is 75,000,000 nano-USD per million, `"0.0043/60"` of a second 4,300,000 per 60. What is finer
 * than a nano-USD becomes exact by counting more units.
 *
 * @returns `null` for what is no such text, or beyond safe integers
 */
export function parseRate(text: string, priceClass: PriceClass): Rate | null {
  const [, whole, fraction = "", units] = /^(\d+)(?:\.(\d+))?(?:\/([1-9]\d*))?$/.exec(text) ?? [];
  if (whole === undefined) return null;
  const finer = Math.max(fraction.length - nanoDigits, 0);
  const nanoUsd = Number(whole + fraction.padEnd(nanoDigits, "0"));
  const per = (units === undefined ? usualPer(priceClass) : Number(units)) * 10 ** finer;
  return Number.isSafeInteger(nanoUsd) && Number.isSafeInteger(per) ? { nanoUsd, per } : null;
}
