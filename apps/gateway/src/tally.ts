import { Counter, type Registry } from "prom-client";

/** What one combination of labels came to. */
export interface Tallied {
  count: number;
}

/**
 * A counter that is plain numbers until somebody asks: the library hashes and checks the labels at every step, which a call
 * should not pay for.
 */
export class Tally<Label extends string> {
  readonly #tallied = new Map<string, Tallied & { readonly labels: Record<Label, string> }>();
  readonly #labelNames: readonly Label[];

  constructor(options: {
    readonly name: string;
    readonly help: string;
    readonly labelNames: readonly Label[];
    readonly registers: Registry[];
  }) {
    this.#labelNames = options.labelNames;
    const tallied = this.#tallied;
    new Counter({
      ...options,
      collect() {
        this.reset();
        for (const { labels, count } of tallied.values()) this.inc(labels, count);
      },
    });
  }

  /** The number to add to. @param values in the order of the labels' names */
  of(...values: readonly string[]): Tallied {
    const key = values.join("\n");
    let tallied = this.#tallied.get(key);
    if (tallied === undefined) {
      const labels = Object.fromEntries(this.#labelNames.map((name, index) => [name, values[index] ?? ""]));
      tallied = { labels: labels as Record<Label, string>, count: 0 };
      this.#tallied.set(key, tallied);
    }
    return tallied;
  }
}
