import { connect, type Socket } from "node:net";

/** One kind of call, repeated. */
export interface Load {
  readonly url: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly stream: boolean;
  /** Calls under way at once, each on its own connection. */
  readonly concurrency: number;
  readonly durationMs: number;
}

export interface LoadResult {
  readonly calls: number;
  readonly elapsedMs: number;
  /** In the order in which the calls ended. */
  readonly latenciesMs: readonly number[];
  /** To the first event, for streams. */
  readonly firstEventMs: readonly number[];
}

const wholeStatus = Buffer.from("HTTP/1.1 200");
const headEnd = Buffer.from("\r\n\r\n");
const lastChunk = Buffer.from("0\r\n\r\n");
const dataLine = Buffer.from("data: ");

/**
 * Calls as fast as answers come, on bare sockets: a client library would cost more than what is measured.
 *
 * @throws when an answer is not a 200: a bench of failures measures nothing
 */
export async function load(options: Load): Promise<LoadResult> {
  const { hostname, port, host } = new URL(options.url);
  const headers = Object.entries({
    host,
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(options.body)),
    ...options.headers,
  });
  const request = Buffer.from(
    `POST ${options.path} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${options.body}`,
  );
  const latenciesMs: number[] = [];
  const firstEventMs: number[] = [];
  const startedAt = performance.now();
  const until = startedAt + options.durationMs;

  const worker = async (): Promise<void> => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    while (performance.now() < until) {
      const sentAt = performance.now();
      const first = await call(socket, request, options.stream);
      const endedAt = performance.now();
      latenciesMs.push(endedAt - sentAt);
      if (first !== null) firstEventMs.push(first - sentAt);
    }
    socket.destroy();
  };
  await Promise.all(Array.from({ length: options.concurrency }, worker));
  return { calls: latenciesMs.length, elapsedMs: performance.now() - startedAt, latenciesMs, firstEventMs };
}

/** Resolves at the end of the answer, with the time of its first event. */
function call(socket: Socket, request: Buffer, stream: boolean): Promise<number | null> {
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0);
    let size = 0;
    let wanted = -1;
    let first: number | null = null;
    const fail = (problem: string): void => {
      socket.off("data", onData);
      reject(new Error(problem));
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (wanted === -1) {
        received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
        const end = received.indexOf(headEnd);
        if (end === -1) return;
        if (!received.subarray(0, wholeStatus.length).equals(wholeStatus)) {
          fail(received.toString("utf8", 0, 400));
          return;
        }
        const length = /content-length: *(\d+)/i.exec(received.toString("latin1", 0, end))?.[1];
        wanted = length === undefined ? 0 : end + 4 + Number(length);
      }
      if (stream && first === null && chunk.includes(dataLine)) first = performance.now();
      const ended = wanted > 0 ? size >= wanted : chunk.subarray(-lastChunk.length).equals(lastChunk);
      if (!ended) return;
      socket.off("data", onData);
      socket.off("close", onClose);
      resolve(first);
    };
    const onClose = (): void => fail("the connection was closed in the middle of an answer");
    socket.on("data", onData);
    socket.once("close", onClose);
    socket.write(request);
  });
}
