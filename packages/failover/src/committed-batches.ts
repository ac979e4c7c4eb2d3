/** What a stream is made of, as far as it matters here. */
export interface ContentFrame {
  /** From here on a caller has part of the answer. */
  readonly content: boolean;
}

/** A stream whose first content is there; what was read to find it comes first, as one batch. */
export class CommittedBatches<Frame extends ContentFrame> implements AsyncIterableIterator<readonly Frame[]> {
  #held: readonly Frame[] | null;
  readonly #rest: AsyncIterator<readonly Frame[]>;
  readonly #onEnd: (error: unknown) => Promise<void>;

  private constructor(
    held: readonly Frame[],
    rest: AsyncIterator<readonly Frame[]>,
    onEnd: (error: unknown) => Promise<void>,
  ) {
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
  static async commit<Frame extends ContentFrame>(
    batches: AsyncIterable<readonly Frame[]>,
    onEnd: (error: unknown) => Promise<void>,
  ): Promise<CommittedBatches<Frame>> {
    const rest = batches[Symbol.asyncIterator]();
    const held: Frame[] = [];
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

  async next(): Promise<IteratorResult<readonly Frame[]>> {
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

  async return(): Promise<IteratorResult<readonly Frame[]>> {
    this.#held = null;
    await this.#rest.return?.();
    await this.#onEnd(null);
    return { done: true, value: undefined };
  }
}
