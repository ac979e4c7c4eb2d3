import { Outage, type Patience } from "./outage.ts";

/** How a stream's reader comes back, and how it leaves. */
export interface Comeback extends Patience {
  /** Without a byte, after which a connection counts as broken. */
  readonly maxSilenceMs: number;
  /** The last event that the reader already has; `null` for none. */
  readonly lastEventId: string | null;
  readonly signal: AbortSignal | null;
  /** Reads on after an event. */
  readonly reconnect: (lastEventId: string | null, signal: AbortSignal) => Promise<Response>;
  /** The reader wants no more, and has not seen the end. */
  readonly left: () => void;
  /** The stream broke, and there is no coming back. */
  readonly lost: () => void;
}

const blankLine = /(?:\r\n|\r(?!\n)|\n)(?:\r\n|\r(?!\n)|\n)/g;
// With the comments that may stand between an event's id and what it says.
const numbering = /^\n?id: ?(\d+)(?:\r\n|\r|\n)(?::.*(?:\r\n|\r|\n))*/;
// What is none of these may be the end too; then the gateway is asked.
const lastWord = /^(?:data: ?\[DONE\]|event: ?(?:message_stop|error|response\.(?:completed|incomplete|failed)))\s*$/m;

/**
 * One body out of as many connections as it takes: whole events, none missing and none twice.
 *
 * It errors with what broke the connection when there is no coming back, and with the reason of an aborted signal.
 */
export function resumedBody(first: ReadableStream<Uint8Array>, comeback: Comeback): ReadableStream<Uint8Array> {
  const { signal, maxSilenceMs } = comeback;
  // Each byte becomes one character, so that places in the text are places in the bytes.
  const latin1 = new TextDecoder("latin1");
  const outage = new Outage(comeback);
  let reader = first.getReader();
  let { lastEventId } = comeback;
  let half = new Uint8Array(0);
  let isOver = false;
  // Some callers are sent no ids, and are to see none later: they count from 0 without a gap.
  let numbered: boolean | null = null;
  let stopWatching = (): void => {};

  /** Takes what has come; gives the events that are whole. */
  function wholeEvents(bytes: Uint8Array): Uint8Array {
    const held = new Uint8Array(half.length + bytes.length);
    held.set(half);
    held.set(bytes, half.length);
    const text = latin1.decode(held);
    const events: Uint8Array[] = [];
    let start = 0;
    for (const { index, 0: blank } of text.matchAll(blankLine)) {
      const end = index + blank.length;
      const event = text.slice(start, end);
      const [head = "", id] = numbering.exec(event) ?? [];
      if (id !== undefined || /^data:/m.test(event)) {
        lastEventId = id ?? String(Number(lastEventId ?? -1) + 1);
        numbered ??= id !== undefined;
        outage.end();
      }
      isOver ||= lastWord.test(event);
      events.push(held.subarray(numbered === false ? start + head.length : start, end));
      start = end;
    }
    half = held.slice(start);
    return numbered === false ? joined(events) : held.subarray(0, start);
  }

  /** Another connection, or `null` where the stream has ended. */
  async function comeBack(cause: unknown): Promise<typeof reader | null> {
    for (let failure = cause; ; ) {
      await outage.pause(failure, signal);
      try {
        const response = await withinMs(maxSilenceMs, (late) =>
          comeback.reconnect(lastEventId, signal === null ? late : AbortSignal.any([signal, late])),
        );
        if (response.status === 204) return null;
        if (response.ok && response.body !== null) return response.body.getReader();
        void response.body?.cancel();
        failure = new TypeError(`The gateway answered ${response.status}`, { cause });
        if (response.status < 500 && response.status !== 429) break;
      } catch (again) {
        failure = again;
      }
    }
    throw cause;
  }

  async function next(): Promise<Uint8Array | null> {
    for (;;) {
      let broken: unknown = null;
      try {
        const { done, value } = await withinMs(maxSilenceMs, () => reader.read());
        if (!done) {
          const events = wholeEvents(value);
          if (events.length > 0) return events;
          continue;
        }
      } catch (cause) {
        broken = cause;
        void reader.cancel().catch(() => {});
      }
      if (isOver) return null;
      const back = await comeBack(broken).catch((cause: unknown) => {
        // An end that nobody can explain stands as it came.
        if (broken === null && signal?.aborted !== true) return null;
        throw cause;
      });
      if (back === null) return null;
      reader = back;
      half = new Uint8Array(0);
    }
  }

  return new ReadableStream(
    {
      start(controller) {
        const stop = (): void => {
          leave();
          controller.error(signal?.reason);
        };
        if (signal?.aborted) return stop();
        signal?.addEventListener("abort", stop, { once: true });
        stopWatching = () => signal?.removeEventListener("abort", stop);
      },
      async pull(controller) {
        try {
          const events = await next();
          if (signal?.aborted) return;
          if (events !== null) return controller.enqueue(events);
          if (half.length > 0) controller.enqueue(half);
          controller.close();
        } catch (cause) {
          if (signal?.aborted) return;
          controller.error(cause);
          comeback.lost();
        }
        stopWatching();
      },
      cancel: () => leave(),
    },
    { highWaterMark: 0 },
  );

  function leave(): void {
    stopWatching();
    void reader.cancel().catch(() => {});
    if (!isOver) comeback.left();
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

async function withinMs<T>(limitMs: number, work: (late: AbortSignal) => Promise<T>): Promise<T> {
  const late = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const error = new TypeError("Nothing came for too long");
      late.abort(error);
      reject(error);
    }, limitMs);
  });
  try {
    return await Promise.race([work(late.signal), silence]);
  } finally {
    clearTimeout(timer);
  }
}
