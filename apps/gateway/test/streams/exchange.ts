import { Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from "node:http";

/** What a caller got. */
export interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  /** `false` when the caller cut it, or the gateway did. */
  readonly whole: boolean;
}

/** What to ask. */
export interface Asked {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: unknown;
  /** The caller takes so many bytes of the body, and then its connection is gone. */
  readonly cutAfterBytes?: number;
  readonly agent?: Agent;
  readonly signal?: AbortSignal;
  /** Called with the head, and a way to go. */
  readonly onHead?: (headers: IncomingHttpHeaders, leave: () => void) => void;
  readonly onData?: (chunk: Buffer) => void;
}

/** One request over a socket of its own, or of the agent. */
export function exchange(url: string, asked: Asked = {}): Promise<Received> {
  const { cutAfterBytes = Number.POSITIVE_INFINITY, agent = new Agent({ keepAlive: false }) } = asked;
  const body = asked.body === undefined ? undefined : JSON.stringify(asked.body);
  const method = asked.method ?? (body === undefined ? "GET" : "POST");
  const headers = { ...(body !== undefined && { "content-type": "application/json" }), ...asked.headers };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent, method, headers, ...(asked.signal && { signal: asked.signal }) });
    outgoing.on("error", reject);
    outgoing.on("response", (incoming) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const finish = (whole: boolean): void => {
        const all = Buffer.concat(chunks);
        const bytes = all.subarray(0, Math.min(all.length, cutAfterBytes));
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, bytes, text: bytes.toString(), whole });
      };
      const cut = (): void => {
        incoming.destroy();
        finish(false);
      };
      asked.onHead?.(incoming.headers, cut);
      incoming.on("data", (chunk: Buffer) => {
        asked.onData?.(chunk);
        chunks.push(chunk);
        size += chunk.length;
        if (size >= cutAfterBytes) cut();
      });
      incoming.on("error", () => finish(false));
      incoming.on("end", () => finish(true));
      if (cutAfterBytes === 0) cut();
    });
    outgoing.end(body);
  });
}
