import type { NativeFrame } from "@gw/core/types";

type Batch = readonly NativeFrame[];

/** A vendor's stream whose first content is there; what was read to find it comes first, as one batch. */
export class CommittedBatches implements AsyncIterableIterator<Batch> {
  #held: Batch | null;
  readonly #rest: AsyncIterator<Batch>;
  readonly #onEnd: (error: unknown) => Promise<void>;

  private constructor(held: Batch, rest: AsyncIterator<Batch>, onEnd: (error: unknown) => Promise<void>) {
    this.#held = held;
    this.#rest = rest;
    this.#onEnd = onEnd;
  }

  /**
   * Reads a stream as far as its first content, or its end where it has none.
   *
   * @param onEnd Told when nothing more will come, with the error where it is one, and with `null` otherwise.
   * @throws what the stream throws before
   */
  static async commit(
    batches: AsyncIterable<Batch>,
    onEnd: (error: unknown) => Promise<void>,
  ): Promise<CommittedBatches> {
    const rest = batches[Symbol.asyncIterator]();
    const held: NativeFrame[] = [];
    for (;;) {
      const step = await rest.next();
      // Without an error an end is that of a complete answer.
      if (step.done === true) break;
      held.push(...step.value);
      if (step.value.some(({ content }) => content)) break;
    }
    return new CommittedBatches(held, rest, onEnd);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Batch>> {
    if (this.#held !== null && this.#held.length > 0) {
      const value = this.#held;
      this.#held = null;
      return { done: false, value };
    }
    try {
      const step = await this.#rest.next();
      if (step.done === true) await this.#onEnd(null);
      return step;
    } catch (error) {
      await this.#onEnd(error);
      throw error;
    }
  }

  async return(): Promise<IteratorResult<Batch>> {
    this.#held = null;
    await this.#rest.return?.();
    await this.#onEnd(null);
    return { done: true, value: undefined };
  }
}
