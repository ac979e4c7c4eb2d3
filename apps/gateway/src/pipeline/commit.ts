/** A piece of a stream on its way to the caller. */
export interface DeliveryFrame {
  readonly bytes: Uint8Array | string;
  /** From here on the caller has part of the answer. */
  readonly content: boolean;
}

/** A stream whose outcome is known well enough to send its head. */
export interface CommittedStream {
  /** What came before and with the first content. */
  readonly held: readonly DeliveryFrame[];
  readonly rest: AsyncIterator<readonly DeliveryFrame[]>;
  /** The first step of the rest, where it is under way: the head had to go before the first content. */
  readonly pending: Promise<IteratorResult<readonly DeliveryFrame[]>> | null;
}

const waitedLongEnough = Symbol("waited long enough");

/**
 * Holds a stream back until its first content, its end, or `commitAfterMs`, whichever comes first: whatever fails before
 * can still become a proper error answer.
 *
 * @throws what the stream throws before that point.
 */
export async function commit(
  batches: AsyncIterable<readonly DeliveryFrame[]>,
  commitAfterMs: number,
): Promise<CommittedStream> {
  const rest = batches[Symbol.asyncIterator]();
  const held: DeliveryFrame[] = [];
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<typeof waitedLongEnough>((resolve) => {
    timer = setTimeout(resolve, commitAfterMs, waitedLongEnough);
  });
  try {
    for (;;) {
      const pending = rest.next();
      const step = await Promise.race([pending, timeout]);
      if (step === waitedLongEnough) return { held, rest, pending };
      if (step.done === true) return { held, rest, pending: null };
      held.push(...step.value);
      if (step.value.some((frame) => frame.content)) return { held, rest, pending: null };
    }
  } finally {
    clearTimeout(timer);
  }
}
