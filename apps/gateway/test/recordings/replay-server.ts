import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";

/** What the server answers from now on. */
export interface ReplayedReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
}

/** A request as it reached the vendor's side. */
export interface ReceivedRequest {
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A vendor that gives the one answer it was told. */
export interface ReplayServer {
  readonly origin: string;
  /** Sets the answer; `pieceBytes` cuts it, and the pieces leave one by one. Forgets what was received. */
  answer(reply: ReplayedReply, pieceBytes?: number): void;
  /** The request since the last `answer`. @throws when there was none, or more than one. */
  received(): ReceivedRequest;
  close(): void;
}

/** Starts the server on a free port. */
export async function startReplayServer(): Promise<ReplayServer> {
  let reply: ReplayedReply = { status: 500, headers: {}, bytes: Buffer.alloc(0) };
  let pieceBytes = Number.POSITIVE_INFINITY;
  let requests: ReceivedRequest[] = [];
  const server = createServer({ noDelay: true }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    requests.push({
      path: request.url ?? "",
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
    });
    const { status, headers, bytes } = reply;
    const step = pieceBytes;
    response.writeHead(status, headers);
    for (let at = 0; at < bytes.length; at += step) {
      response.write(bytes.subarray(at, Math.min(at + step, bytes.length)));
      if (at + step < bytes.length) await nextTurn();
    }
    response.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answer(next, cut = Number.POSITIVE_INFINITY) {
      reply = next;
      pieceBytes = cut;
      requests = [];
    },
    received() {
      const [request, ...more] = requests;
      if (request === undefined || more.length > 0) throw new Error(`${requests.length} requests arrived, not one`);
      return request;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
