import type { IncomingMessage, ServerResponse } from "node:http";
import { GatewayError } from "@gw/core";
import { matchRoute, type RouteMatch } from "../endpoints/routes.ts";
import { handle } from "../handle.ts";
import { deliver } from "../pipeline/deliver.ts";
import { receive } from "../pipeline/receive.ts";
import type { RunningCall } from "../running-call.ts";
import type { GatewayState } from "../state.ts";

const maxUnreadBytes = 64 * 1024;

/** Where a request of the data plane goes. */
export interface DataPlaneRoute extends RouteMatch {
  readonly query: URLSearchParams | null;
}

/** The endpoint that a request is for, or `null` when it is for the control plane. */
export function dataPlaneRoute(request: IncomingMessage): DataPlaneRoute | null {
  if (request.method !== "POST") return null;
  const url = request.url ?? "/";
  const mark = url.indexOf("?");
  const match = matchRoute(mark === -1 ? url : url.slice(0, mark));
  return match === null ? null : { ...match, query: mark === -1 ? null : new URLSearchParams(url.slice(mark + 1)) };
}

/** Answers one request of the data plane over HTTP. Never rejects. */
export async function serveDataPlane(
  request: IncomingMessage,
  response: ServerResponse,
  route: DataPlaneRoute,
  state: GatewayState,
): Promise<void> {
  const abort = new AbortController();
  const caller = { attached: true };
  response.once("close", () => {
    if (caller.attached && !response.writableFinished) abort.abort(new GatewayError("aborted", "The caller went away"));
  });
  const ended = answer(request, response, route, state, abort, caller).catch((error: unknown) => {
    state.recorders.logger.error({ err: error }, "a reply could not be delivered");
    response.destroy();
  });
  const call: RunningCall = { abort, ended };
  state.running.add(call);
  await ended;
  state.running.delete(call);
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  route: DataPlaneRoute,
  state: GatewayState,
  abort: AbortController,
  caller: { attached: boolean },
): Promise<void> {
  // The composition of this moment: a reload does not reach a call under way.
  const { composition } = state;
  const { settings } = composition;
  const reply = await handle(
    {
      endpoint: route.endpoint,
      origin: "http",
      headers: request.headers,
      query: route.query,
      rest: route.rest,
      read: () => receive(request, settings.maxBodyBytes),
      abort,
      detach: () => {
        caller.attached = false;
      },
    },
    { ...state, composition },
  );
  if (state.stopping || (!request.complete && !isShort(request))) response.setHeader("connection", "close");
  await deliver(reply, response, settings);
}

/** Whether the rest of an unread body is little enough for the server to read it away and keep the connection. */
function isShort(request: IncomingMessage): boolean {
  return Number(request.headers["content-length"]) <= maxUnreadBytes;
}
