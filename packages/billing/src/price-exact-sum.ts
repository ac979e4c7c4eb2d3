import type { Rate } from "@gw/catalog";

const picoPerNano = 1_000n;
/** Seconds have fractions; a millionth of a unit is finer than any vendor counts. */
const unitParts = 1_000_000;

/** A sum of amounts as one exact fraction, so that nothing is rounded before its end. */
export class ExactSum {
  #nanoUsd = 0n;
  #per = 1n;

  /**
   * Adds what so many units cost.
   * @param units a finite number, not negative
   * @returns the amount in pico-USD, rounded half up
   */
  add(units: number, rate: Rate): bigint {
    const whole = Number.isSafeInteger(units);
    const nanoUsd = BigInt(whole ? units : Math.round(units * unitParts)) * BigInt(rate.nanoUsd);
    const per = BigInt(rate.per) * (whole ? 1n : BigInt(unitParts));
    if (per === this.#per) {
      this.#nanoUsd += nanoUsd;
    } else {
      this.#nanoUsd = this.#nanoUsd * per + nanoUsd * this.#per;
      this.#per *= per;
    }
    return roundHalfUp(nanoUsd * picoPerNano, per);
  }

  /** The sum in nano-USD, rounded half up. */
  nanoUsd(): bigint {
    return roundHalfUp(this.#nanoUsd, this.#per);
  }
}

function roundHalfUp(amount: bigint, per: bigint): bigint {
  return (2n * amount + per) / (2n * per);
}
