import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import type { JsonValue, WireHeaders } from "@gw/core/types";
import { planReply, type ReplyPlan } from "./reply-plan.ts";
import type { ScriptedReply } from "./scripted-reply.ts";

/** A request as it arrived. */
export interface ReceivedRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: WireHeaders;
  readonly body: Buffer;
  /** The body as JSON. @throws {SyntaxError} when it is none. */
  json(): JsonValue;
}

/**
 * What the upstream answers: the same to everyone, one reply after the other (then status 500), or what a function of the request
 * and its number, from 0, says.
 */
export type UpstreamScript =
  | ScriptedReply
  | readonly ScriptedReply[]
  | ((request: ReceivedRequest, index: number) => ScriptedReply);

/** A vendor's place on loopback: it answers what it is told, faults included, and remembers what it was asked. */
export interface Upstream {
  /** `http://127.0.0.1:port`, without a slash at the end. */
  readonly url: string;
  /** In the order in which they were complete. */
  readonly requests: readonly ReceivedRequest[];
  /** Resolves once `count` requests are in. Rejects after `timeoutMs`. */
  waitForRequests(count: number, timeoutMs: number): Promise<void>;
  openSockets(): number;
  /** Resolves once no socket is open. Rejects after `timeoutMs`. */
  waitForClose(timeoutMs: number): Promise<void>;
  /** Breaks off what is open and stops listening. */
  close(): Promise<void>;
}

/** Starts an upstream on a free port of loopback. */
export async function startUpstream(script: UpstreamScript): Promise<Upstream> {
  const requests: ReceivedRequest[] = [];
  const sockets = new Set<Socket>();
  const watchers = new Set<() => void>();
  const changed = () => {
    for (const watcher of watchers) watcher();
  };

  const server = createServer(async (incoming, response) => {
    response.on("error", ignore);
    const request = await receive(incoming);
    if (request === null) return;
    const index = requests.push(request) - 1;
    changed();
    await perform(planReply(nextReply(script, request, index)), response);
  });
  // An idle connection stays until the client closes it: who closed it is what tests ask.
  server.keepAliveTimeout = 0;
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", ignore);
    socket.once("close", () => {
      sockets.delete(socket);
      changed();
    });
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));

  const until = (isDone: () => boolean, timeoutMs: number, complaint: () => string) =>
    new Promise<void>((resolve, reject) => {
      const finish = (settle: () => void) => {
        clearTimeout(timer);
        watchers.delete(check);
        settle();
      };
      const check = () => isDone() && finish(resolve);
      const timer = setTimeout(() => finish(() => reject(new Error(complaint()))), timeoutMs);
      watchers.add(check);
      check();
    });

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    waitForRequests: (count, timeoutMs) =>
      until(
        () => requests.length >= count,
        timeoutMs,
        () => `${requests.length} of ${count} requests came within ${timeoutMs} ms`,
      ),
    openSockets: () => sockets.size,
    waitForClose: (timeoutMs) =>
      until(
        () => sockets.size === 0,
        timeoutMs,
        () => `${sockets.size} sockets are still open after ${timeoutMs} ms`,
      ),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

// A client that leaves is what many tests are about.
function ignore(): void {}

function nextReply(script: UpstreamScript, request: ReceivedRequest, index: number): ScriptedReply {
  if (typeof script === "function") return script(request, index);
  if (!isList(script)) return script;
  return script[index] ?? { status: 500, body: '{"message":"The script has no further reply"}' };
}

function isList(script: UpstreamScript): script is readonly ScriptedReply[] {
  return Array.isArray(script);
}

async function receive(incoming: IncomingMessage): Promise<ReceivedRequest | null> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
  } catch {
    return null;
  }
  const body = Buffer.concat(chunks);
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : `${value}`,
    ]),
  );
  return {
    method: incoming.method ?? "",
    path: incoming.url ?? "",
    headers,
    body,
    json: () => JSON.parse(body.toString("utf8")) as JsonValue,
  };
}

// A client in this process has read what was written once its turn to read has come: then the next write is a read of its own.
async function delivered(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await nextTurn();
}

async function perform(plan: ReplyPlan, response: ServerResponse): Promise<void> {
  const socket = response.socket;
  if (socket === null) return;
  if (plan.delayMs > 0) await sleep(plan.delayMs);
  if (plan.headers !== null) {
    if (plan.closeDelimited) response.removeHeader("transfer-encoding");
    if (plan.closeDelimited || plan.ending === "fin") response.setHeader("connection", "close");
    response.writeHead(plan.status, plan.headers);
    response.flushHeaders();
  }
  for (const bytes of plan.writes) {
    if (socket.destroyed) return;
    response.write(bytes);
    if (plan.writes.length > 1) await delivered();
  }
  if (plan.ending === "complete") response.end();
  else if (plan.ending === "fin") socket.end();
  else if (plan.ending === "reset") {
    // A reset overtakes what is still in the socket's buffer; the reply should get as far as its script says.
    while (socket.writableLength > 0 && !socket.destroyed) await nextTurn();
    socket.resetAndDestroy();
  }
}
