import { Outage, type Patience } from "./outage.ts";
import { resumedBody } from "./resumed-body.ts";
import { UnansweredKeys } from "./unanswered-keys.ts";

/** How a {@link resumingFetch} comes back. Everything may be left out. */
export interface ResumingFetchOptions {
  /** The network; the platform's `fetch` by default. */
  readonly fetch?: typeof globalThis.fetch;
  /** Tries in a row that bring no further event. Default 8, with 6 to 11 s of pauses between them; 0 never comes back. */
  readonly maxReconnects?: number;
  /** From a break until no further try is begun. Default 60,000. */
  readonly maxOutageMs?: number;
  /** Without a byte, after which a stream's connection counts as broken. A gateway says something every 15 s. Default 45,000. */
  readonly maxSilenceMs?: number;
}

const cancelPatience: Patience = { maxReconnects: 3, maxOutageMs: 10_000 };
const cancelTimeoutMs = 5_000;

/**
 * A `fetch` for SDKs that talk to a gateway: a connection that breaks is made again, and whoever reads does not notice.
 *
 * - A POST with a body of text gets an `Idempotency-Key` of its own, unless it has one. Where its head never comes it is sent
 *   again with the same key, and the gateway makes the call once. So is one whose whole answer breaks off.
 * - A stream that breaks, or ends before its answer does, is read on after the last whole event.
 * - An aborted signal, and leaving the body early, cancel the call at the gateway. A broken connection does not.
 * - A retry of an SDK comes as a new call: it gets the key of an equal call that failed within the last two minutes.
 *
 * Requests that are none of this go through untouched: a `Request` object, a body that is no text, an answer that is not a gateway's.
 */
export function resumingFetch(options: ResumingFetchOptions = {}): typeof globalThis.fetch {
  const { fetch: network = globalThis.fetch, maxReconnects = 8, maxOutageMs = 60_000, maxSilenceMs = 45_000 } = options;
  const patience = { maxReconnects, maxOutageMs };
  const unanswered = new UnansweredKeys();

  return async (input, init = {}) => {
    const method = init.method?.toUpperCase() ?? "GET";
    const isCall = method === "POST" && typeof init.body === "string";
    if (input instanceof Request || (!isCall && method !== "GET")) return network(input, init);

    const { url } = new Request(input);
    const { signal = null } = init;
    const headers = new Headers(init.headers);
    const asked = `${url}\n${init.body}`;
    const isKeyed = isCall && !headers.has("idempotency-key");
    if (isKeyed) headers.set("idempotency-key", unanswered.take(asked) ?? newKey());
    const key = headers.get("idempotency-key") ?? "";
    const remember = (): void => {
      if (isKeyed) unanswered.remember(asked, key);
    };
    const toStreams = (rest: string, more: RequestInit, moreHeaders: Readonly<Record<string, string>>) => {
      const own = new Headers(headers);
      for (const name of ["content-type", "content-length", "idempotency-key"]) own.delete(name);
      for (const [name, value] of Object.entries(moreHeaders)) own.set(name, value);
      return network(streamsUrl(url, rest), { ...init, body: null, headers: own, ...more });
    };
    const cancel = (rest: string, moreHeaders: Readonly<Record<string, string>>): void => {
      if (!isCall) return;
      void persist(cancelPatience, null, async () => {
        const late = AbortSignal.timeout(cancelTimeoutMs);
        const { ok, status } = await toStreams(rest, { method: "POST", signal: late }, moreHeaders);
        if (!ok) throw new TypeError(`The gateway answered ${status}`);
      }).catch(() => {});
    };

    const stop = (): void => cancel("/cancel", { "idempotency-key": key });
    signal?.addEventListener("abort", stop, { once: true });
    let response: Response;
    try {
      response = await persist(patience, signal, async () =>
        wholeWhereKept(await network(input, { ...init, headers })),
      );
    } catch (cause) {
      if (signal?.aborted !== true) remember();
      throw cause;
    } finally {
      signal?.removeEventListener("abort", stop);
    }
    // What stands between may have given up on a call that goes on.
    if (response.status >= 500) remember();
    const streamId = response.headers.get("gw-stream-id");
    const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
    if (!response.ok || response.body === null || streamId === null || !isStream) return response;
    const body = resumedBody(response.body, {
      ...patience,
      maxSilenceMs,
      signal,
      lastEventId: headers.get("last-event-id"),
      reconnect: (lastEventId, either) => {
        // From the beginning the call is asked for again, by its key: its events come in the form in which it asked for them.
        if (lastEventId === null && isCall) return network(input, { ...init, headers, signal: either });
        const place: Record<string, string> = lastEventId === null ? {} : { "last-event-id": lastEventId };
        return toStreams(`/${streamId}`, { method: "GET", signal: either }, place);
      },
      left: () => cancel(`/${streamId}/cancel`, {}),
      lost: remember,
    });
    return new Response(body, response);
  };
}

/** Tries until it works, as long as patience lasts. */
async function persist<T>(patience: Patience, signal: AbortSignal | null, work: () => Promise<T>): Promise<T> {
  const outage = new Outage(patience);
  for (;;) {
    try {
      return await work();
    } catch (cause) {
      await outage.pause(cause, signal);
    }
  }
}

/** A whole answer that the gateway keeps is read here: one that breaks off can be asked for again. */
async function wholeWhereKept(response: Response): Promise<Response> {
  const { ok, body, headers } = response;
  const isKept = ok && body !== null && headers.has("gw-stream-id") && headers.has("content-length");
  return isKept ? new Response(await response.arrayBuffer(), response) : response;
}

/** The address of streams at the gateway that answers at `url`, with the key that clients of Gemini put there. */
function streamsUrl(url: string, rest: string): string {
  const { origin, pathname, searchParams } = new URL(url);
  const prefix = /^(.*?)\/(?:client\/v4|ai|v1|v1beta)\//.exec(pathname)?.[1] ?? "";
  const key = searchParams.get("key");
  return `${origin}${prefix}/v1/streams${rest}${key === null ? "" : `?key=${encodeURIComponent(key)}`}`;
}

function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
