import { type Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { GatewayError } from "@gw/core";
import type { AttemptTimeouts, Call, WireHeaders } from "@gw/core/types";
import type { Flaw } from "./flaw.ts";

/** A vendor's reply whose body is still to come. */
export interface OpenReply {
  readonly status: number;
  readonly headers: WireHeaders;
  readonly bytes: AsyncIterable<Buffer>;
  /** The limit to the first content has been kept. */
  contentSeen(): void;
}

/** Posts a body; everything that waits ends with the call's signal or a time limit. */
export async function post(
  url: string,
  body: string,
  options: {
    readonly headers: WireHeaders;
    readonly call: Call;
    readonly timeouts: AttemptTimeouts;
    readonly agent: Agent;
    readonly flaw: Flaw | null;
  },
): Promise<OpenReply> {
  const { call, flaw } = options;
  const timeouts = { ...options.timeouts, ...call.timeouts };
  const stopping = new AbortController();
  const stop = (code: "aborted" | "timed_out") => stopping.abort(new GatewayError(code, code));
  const cancel = () => stop("aborted");
  if (call.signal?.aborted && flaw !== "ignores the signal") throw new GatewayError("aborted", "aborted");
  if (flaw !== "ignores the signal") call.signal?.addEventListener("abort", cancel);
  const limit = (timeoutMs: number) =>
    setTimeout(() => stop("timed_out"), flaw === "knows no time limits" ? 2 ** 31 - 1 : timeoutMs);
  const first = limit(timeouts.firstContentTimeoutMs);
  const idle = limit(timeouts.idleTimeoutMs);
  const finish = () => {
    clearTimeout(first);
    clearTimeout(idle);
    call.signal?.removeEventListener("abort", cancel);
  };
  const failed = (cause: unknown) => {
    if (stopping.signal.aborted) return stopping.signal.reason as GatewayError;
    return new GatewayError("connection_failed", "The connection failed", { cause });
  };

  let response: IncomingMessage;
  try {
    response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = httpRequest(url, {
        method: "POST",
        agent: options.agent,
        headers: { "content-type": "application/json", ...options.headers },
      });
      request.on("error", reject);
      request.on("response", resolve);
      stopping.signal.addEventListener("abort", () => {
        if (flaw === "holds the socket after an abort") reject(stopping.signal.reason);
        else request.destroy(new Error("stopped"));
      });
      request.end(body);
    });
  } catch (error) {
    finish();
    throw failed(error);
  }

  async function* bytes(): AsyncGenerator<Buffer> {
    const chunks = response.iterator({ destroyOnReturn: false });
    const stopped = new Promise<never>((_, reject) => {
      stopping.signal.addEventListener("abort", () => reject(stopping.signal.reason));
    });
    stopped.catch(() => {});
    try {
      for (;;) {
        const next = await Promise.race([chunks.next(), stopped]);
        if (next.done) return;
        idle.refresh();
        yield next.value as Buffer;
      }
    } catch (error) {
      if (flaw === "takes a short body" && !stopping.signal.aborted) return;
      throw failed(error);
    } finally {
      finish();
      const holds = stopping.signal.aborted
        ? flaw === "holds the socket after an abort"
        : flaw === "holds the socket after an early exit";
      if (!holds && !response.complete) response.destroy();
    }
  }

  return {
    status: response.statusCode ?? 0,
    headers: Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)])),
    bytes: bytes(),
    contentSeen: () => {
      if (flaw !== "keeps its limit to the first content for the whole stream") clearTimeout(first);
    },
  };
}

/** Reads a body to its end. */
export async function readAll(bytes: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Cuts a body into its events, as bytes; an unfinished one at the end is left out. */
export async function* eventBlocks(bytes: AsyncIterable<Buffer>, flaw: Flaw | null): AsyncGenerator<Buffer> {
  let text = "";
  for await (const chunk of bytes) {
    const whole = flaw === "decodes each chunk alone" ? Buffer.from(chunk.toString("utf8")) : chunk;
    text += whole.toString("latin1");
    for (let match = blankLine.exec(text); match !== null; match = blankLine.exec(text)) {
      const end = match.index + match[0].length;
      yield Buffer.from(text.slice(0, end), "latin1");
      text = text.slice(end);
    }
  }
}

const blankLine = /\r\n\r\n|\n\n|\r\r/;

/** The data of an event, or `null` when it has none. */
export function dataOf(block: Buffer): string | null {
  const lines = block.toString("utf8").split(/\r\n|\n|\r/);
  const data = lines.filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trimStart());
  return data.length === 0 ? null : data.join("\n");
}
