import { type PriceClass, usualPer } from "../../packages/catalog/src/price-class.ts";

// What a source means is a short decimal; ten digits shed what floating point added to it.
const digits = 10;

/** An amount of USD for one unit, as the catalogue writes prices of this class. */
export function priceText(usdPerUnit: number, priceClass: PriceClass): string {
  if (priceClass.endsWith("Second")) return perSecond(usdPerUnit);
  return decimal(usdPerUnit * usualPer(priceClass));
}

/** A number without the noise of floating point, and without an exponent. */
export function decimal(amount: number): string {
  const clean = Number(amount.toPrecision(digits));
  const text = String(clean);
  return text.includes("e-") ? clean.toFixed(16).replace(/0+$/, "") : text;
}

/**
 * Vendors name prices by the minute or hour, lists write them by the second and round. The short price whose rounding this
 * is comes back exact: 0.00003083 is 0.111 an hour.
 */
function perSecond(usd: number): string {
  const significant = usd.toExponential().split("e")[0]?.replace(".", "").length ?? 0;
  if (significant <= 2) return decimal(usd);
  for (const [seconds, places] of [
    [60, 4],
    [3_600, 3],
  ] as const) {
    const whole = Number((usd * seconds).toFixed(places));
    // A last digit more or less: lists round up as often as down.
    const error = Math.abs(whole / seconds - usd) / usd;
    if (whole > 0 && error < 0.6 * 10 ** (1 - Math.min(significant, digits))) return `${decimal(whole)}/${seconds}`;
  }
  return decimal(usd);
}
