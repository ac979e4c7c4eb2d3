import { GatewayError } from "@gw/core";
import { matchRoute } from "./endpoints/routes.ts";
import { handle } from "./handle.ts";
import type { Reply } from "./reply.ts";
import type { RunningCall } from "./running-call.ts";
import { reframing } from "./server/reframing.ts";
import type { GatewayState } from "./state.ts";

/**
 * The data plane as a `fetch` function: no socket, no key. Its host is ignored. As with any `fetch`, an aborted signal rejects
 * with its reason.
 *
 * @throws {GatewayError} `not_found` for a path that is none of the data plane's.
 */
export function inProcessFetch(state: GatewayState): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    const match = request.method === "POST" ? matchRoute(url.pathname) : null;
    if (match === null) throw new GatewayError("not_found", "In process there is only the data plane, by POST");
    const abort = new AbortController();
    const leave = (): void => abort.abort(new GatewayError("aborted", "The caller went away"));
    request.signal.addEventListener("abort", leave, { once: true });
    const ended = Promise.withResolvers<void>();
    const call: RunningCall = { abort, ended: ended.promise };
    state.running.add(call);
    const end = (): void => {
      request.signal.removeEventListener("abort", leave);
      state.running.delete(call);
      ended.resolve();
    };
    const reply = await handle(
      {
        ...match,
        origin: "in-process",
        headers: Object.fromEntries(request.headers),
        query: url.searchParams,
        read: async () => Buffer.from(await request.arrayBuffer()),
        abort,
        // Who holds the gateway has no other way to come back for an answer than to stay.
        detach: () => {},
      },
      { ...state },
    );
    if (reply.type === "whole" && request.signal.aborted) {
      end();
      throw request.signal.reason;
    }
    return responseOf(reply, request.signal, leave, end);
  };
}

function responseOf(reply: Reply, signal: AbortSignal, leave: () => void, end: () => void): Response {
  const { status, headers } = reply;
  if (reply.type === "whole") {
    end();
    return new Response(typeof reply.body === "string" ? reply.body : new Uint8Array(reply.body), { status, headers });
  }
  const { reader, framing } = reply;
  const changed = reframing(framing);
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const run = await reader.next();
      // What the gateway has to say about its caller's leaving is not for the caller.
      if (signal.aborted) {
        reader.close();
        end();
        controller.error(signal.reason);
      } else if (run === null) {
        if (changed !== null) controller.enqueue(encoder.encode(changed.close()));
        end();
        controller.close();
      } else
        controller.enqueue(changed === null ? new Uint8Array(run.bytes) : encoder.encode(changed.elements(run.bytes)));
    },
    async cancel() {
      leave();
      reader.close();
      end();
    },
  });
  return new Response(body, { status, headers });
}
