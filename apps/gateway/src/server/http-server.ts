import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { GatewayError } from "@gw/core";
import type { FastifyInstance } from "fastify";
import type { GatewayState } from "../state.ts";
import { streamRequest } from "../streams/stream-request.ts";
import { dataPlaneRoute, serveDataPlane } from "./data-plane.ts";
import { refuseMalformedRequest } from "./malformed-request.ts";
import { serveStreamPlane } from "./stream-plane.ts";

const idleCheckMs = 50;
const farewellMs = 1_000;

// Connections on which nothing was asked yet, such as browsers open ahead: for Node they are not idle.
const silent = new WeakMap<Server, Set<Socket>>();

/** A server for both planes. It does not listen yet. */
export function httpServer(state: GatewayState, control: FastifyInstance): Server {
  const server = createServer(
    { noDelay: true, keepAliveTimeout: 75_000, headersTimeout: 15_000, requestTimeout: 120_000, maxHeaderSize: 16_384 },
    (request: IncomingMessage, response: ServerResponse) => {
      silentOnes.delete(request.socket);
      const asked = streamRequest(request.method, request.url ?? "/");
      if (asked !== null) return void serveStreamPlane(request, response, asked, state);
      const route = dataPlaneRoute(request);
      if (route === null) control.routing(request, response);
      else void serveDataPlane(request, response, route, state);
    },
  );
  const silentOnes = new Set<Socket>();
  silent.set(server, silentOnes);
  server.on("connection", (socket: Socket) => {
    silentOnes.add(socket);
    socket.once("close", () => silentOnes.delete(socket));
  });
  server.on("clientError", refuseMalformedRequest);
  // A connection that could not be accepted, for want of descriptors say, is no reason to end all others.
  server.on("error", (error) => {
    if (server.listening) state.recorders.logger.error({ err: error }, "a connection was not accepted");
  });
  return server;
}

/** Resolves once the server accepts connections. @throws {GatewayError} `unavailable` when the address cannot be had. */
export function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const reason = cause.code === "EADDRINUSE" ? "something else listens there" : (cause.code ?? cause.message);
      reject(new GatewayError("unavailable", `Cannot listen on ${host}:${port}: ${reason}`, { cause }));
    });
    server.listen({ host, port }, resolve);
  });
}

/**
 * Stops accepting and lets running calls end, those in process too. What still runs after `shutdownGraceMs` is cancelled, and
 * gets a moment to say so to its caller.
 */
export async function drained(server: Server | null, state: GatewayState): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    if (server === null) resolve();
    else server.close(() => resolve());
  });
  const all = Promise.all([closed, ...[...state.running].map((call) => call.ended)]);
  const idle = setInterval(() => server?.closeIdleConnections(), idleCheckMs);
  const silence = setTimeout(() => {
    for (const socket of (server && silent.get(server)) ?? []) socket.destroy();
  }, farewellMs);
  if (!(await endsWithin(all, state.composition.settings.shutdownGraceMs))) {
    for (const call of state.running) {
      call.abort.abort(new GatewayError("unavailable", "The gateway is shutting down"));
    }
    await endsWithin(all, farewellMs);
    server?.closeAllConnections();
  }
  await closed;
  clearInterval(idle);
  clearTimeout(silence);
}

async function endsWithin(work: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, milliseconds, false);
  });
  const ended = await Promise.race([work.then(() => true), late]);
  clearTimeout(timer);
  return ended;
}
