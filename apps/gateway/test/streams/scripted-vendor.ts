import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";

/** A call as it reached the vendor. */
export interface VendorCall {
  /** With its query. */
  readonly path: string;
  readonly body: string;
  readonly response: ServerResponse;
  /** Resolves once the connection is gone or the reply has ended: `true` when it was cut before its end. */
  readonly cut: Promise<boolean>;
}

/** A vendor that answers as it is told. */
export interface ScriptedVendor {
  readonly origin: string;
  /** Since the last `expect`. */
  readonly calls: readonly VendorCall[];
  /** How it answers from now on. Forgets the calls so far. */
  answers(script: (call: VendorCall) => void | Promise<void>): void;
  close(): void;
}

/** Starts a vendor on a free port. */
export async function startVendor(): Promise<ScriptedVendor> {
  let script: (call: VendorCall) => void | Promise<void> = ({ response }) => void response.writeHead(500).end();
  let calls: VendorCall[] = [];
  const server = createServer({ noDelay: true }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const cut = new Promise<boolean>((resolve) => {
      response.once("close", () => resolve(!response.writableFinished));
    });
    const call = { path: request.url ?? "", body: Buffer.concat(chunks).toString(), response, cut };
    calls.push(call);
    await script(call);
  });
  server.listen({ port: 0, host: "127.0.0.1", backlog: 2_048 });
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get calls() {
      return calls;
    },
    answers(next) {
      script = next;
      calls = [];
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Answers with these bytes, in pieces of random sizes that leave one by one. */
export function inPieces(
  reply: { readonly headers: Readonly<Record<string, string>>; readonly bytes: Uint8Array },
  maxPieceBytes: number,
): (call: VendorCall) => Promise<void> {
  return async ({ response }) => {
    response.writeHead(200, reply.headers);
    for (let at = 0; at < reply.bytes.length; ) {
      const length = 1 + Math.floor(Math.random() * maxPieceBytes);
      response.write(reply.bytes.subarray(at, at + length));
      at += length;
      await nextTurn();
    }
    response.end();
  };
}
