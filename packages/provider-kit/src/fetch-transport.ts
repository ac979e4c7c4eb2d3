import {
  type AttemptTimeouts,
  GatewayError,
  type Transport,
  type WireHeaders,
  type WireReply,
  type WireRequest,
} from "@gw/core";
import { abortError, connectionFailed, errorCode, headTimeout, idleTimeout } from "./transport-error.ts";

// What failed before a connection stood, in the words of the runtimes that say so (Node, Bun, Deno).
const neverSent = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|UND_ERR_CONNECT_TIMEOUT|ConnectionRefused)$/;
// `fetch` has undone them, and they describe bytes that nobody sees.
const undone = new Set(["content-encoding", "content-length", "transfer-encoding"]);

/**
 * The network by the runtime's own `fetch`, for workers and browsers.
 *
 * The runtime decides how long a connection may take to stand (`connectTimeoutMs` is not known to `fetch`) and how many are
 * kept open.
 */
export function fetchTransport(): Transport {
  return new FetchTransport();
}

class FetchTransport implements Transport {
  readonly #running = new Set<AbortController>();

  async send(
    request: WireRequest,
    options: { readonly signal: AbortSignal; readonly timeouts: AttemptTimeouts },
  ): Promise<WireReply> {
    const { signal, timeouts } = options;
    if (signal.aborted) throw abortError(signal);
    const controller = new AbortController();
    const onAbort = () => controller.abort(abortError(signal));
    const done = () => {
      signal.removeEventListener("abort", onAbort);
      this.#running.delete(controller);
    };
    signal.addEventListener("abort", onAbort);
    this.#running.add(controller);
    const timer = setTimeout(
      () => controller.abort(headTimeout(timeouts.firstContentTimeoutMs)),
      timeouts.firstContentTimeoutMs,
    );
    try {
      const response = await fetch(request.url, {
        method: request.method,
        headers: request.headers,
        ...(request.body !== null && { body: request.body as NonNullable<RequestInit["body"]> }),
        redirect: "manual",
        signal: controller.signal,
      });
      return {
        status: response.status,
        headers: readHeaders(response.headers),
        body: readBody(response, controller, timeouts, done),
      };
    } catch (error) {
      done();
      throw controller.signal.aborted
        ? abortError(controller.signal)
        : connectionFailed(error, neverSent.test(errorCode(error) ?? ""));
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    for (const controller of this.#running) controller.abort(new GatewayError("aborted", "The transport was closed"));
  }
}

function readHeaders(headers: Headers): WireHeaders {
  const read: Record<string, string> = {};
  headers.forEach((value, name) => {
    if (!undone.has(name)) read[name] = value;
  });
  return read;
}

async function* readBody(
  response: Response,
  controller: AbortController,
  timeouts: AttemptTimeouts,
  done: () => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = response.body?.getReader();
  try {
    while (reader !== undefined) {
      const timer = setTimeout(() => controller.abort(idleTimeout(timeouts.idleTimeoutMs)), timeouts.idleTimeoutMs);
      const { done: ended, value } = await reader.read().finally(() => clearTimeout(timer));
      if (ended) break;
      yield value;
    }
  } catch (error) {
    throw controller.signal.aborted ? abortError(controller.signal) : connectionFailed(error, false);
  } finally {
    done();
    // Left early: whatever is still on its way is not wanted. After the end this does nothing.
    controller.abort(new GatewayError("aborted", "The reply was not read to its end"));
  }
}
