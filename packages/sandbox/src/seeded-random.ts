import { createHash } from "node:crypto";

const alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** A seed for whatever JSON can say: equal values give equal seeds, in every process. */
export function seedOf(...values: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(values)).digest("hex");
}

/** A stream of choices that only its seed decides. */
export class SeededRandom {
  readonly #seed: string;
  #drawn = 0;

  constructor(seed: string) {
    this.#seed = seed;
  }

  #bytes(): Buffer {
    this.#drawn += 1;
    return createHash("sha256").update(`${this.#seed}:${this.#drawn}`).digest();
  }

  /** At least 0, less than 1. */
  fraction(): number {
    return this.#bytes().readUInt32BE() / 2 ** 32;
  }

  /** An integer from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.fraction() * (high - low + 1));
  }

  /** One of the items, of which there is at least one. */
  pick<Item>(items: readonly Item[]): Item {
    return items[this.integer(0, items.length - 1)] as Item;
  }

  /** So many of the items, in any order, none twice before all have come. */
  take<Item>(items: readonly Item[], count: number): Item[] {
    const taken: Item[] = [];
    let left: Item[] = [];
    while (taken.length < count) {
      if (left.length === 0) left = [...items];
      taken.push(...left.splice(this.integer(0, left.length - 1), 1));
    }
    return taken;
  }

  /** Letters and digits, as vendors make ids of them. */
  id(length: number): string {
    let text = "";
    while (text.length < length) {
      for (const byte of this.#bytes()) text += alphanumeric[byte % alphanumeric.length];
    }
    return text.slice(0, length);
  }

  /** Lower-case hexadecimal digits. */
  hex(length: number): string {
    let text = "";
    while (text.length < length) text += this.#bytes().toString("hex");
    return text.slice(0, length);
  }
}
