import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

/** A request as its bytes said it. */
export interface RawRequest {
  readonly line: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A server that answers with bytes of the test's choice, valid HTTP or not. */
export interface RawServer {
  readonly origin: string;
  readonly requests: RawRequest[];
  /** Resolves once every socket that was ever opened is closed. */
  allClosed(): Promise<void>;
  /** How many sockets were ever opened. */
  connections(): number;
  close(): Promise<void>;
}

export async function startRawServer(answer: (socket: Socket, request: RawRequest) => void): Promise<RawServer> {
  const requests: RawRequest[] = [];
  const open = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => {});
    let received = Buffer.alloc(0);
    socket.on("data", (bytes) => {
      received = Buffer.concat([received, bytes]);
      for (;;) {
        const headEnd = received.indexOf("\r\n\r\n");
        if (headEnd === -1) return;
        const [line = "", ...lines] = received.subarray(0, headEnd).toString("latin1").split("\r\n");
        const headers = Object.fromEntries(
          lines.map((text) => [
            text.slice(0, text.indexOf(":")).toLowerCase(),
            text.slice(text.indexOf(":") + 1).trim(),
          ]),
        );
        const end = headEnd + 4 + Number(headers["content-length"] ?? 0);
        if (received.length < end) return;
        const request = { line, headers, body: received.subarray(headEnd + 4, end).toString() };
        received = received.subarray(end);
        requests.push(request);
        answer(socket, request);
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    connections: () => connections,
    async allClosed() {
      await Promise.all([...open].map((socket) => once(socket, "close")));
    },
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** A whole answer with its length. */
export function reply(status: number, headers: Readonly<Record<string, string>>, body: string | Uint8Array): Buffer {
  const bytes = Buffer.from(body);
  const lines = Object.entries({ ...headers, "content-length": String(bytes.length) });
  return Buffer.concat([
    Buffer.from(`HTTP/1.1 ${status} X\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`),
    bytes,
  ]);
}

/** The head of an answer that comes in chunks, and one chunk. */
export const chunkedHead = (status: number, contentType: string) =>
  `HTTP/1.1 ${status} X\r\ncontent-type: ${contentType}\r\ntransfer-encoding: chunked\r\n\r\n`;
export const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
export const lastChunk = "0\r\n\r\n";
