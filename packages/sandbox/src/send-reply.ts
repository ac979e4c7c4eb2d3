import type { ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import type { Fault } from "./fault.ts";
import type { Reply, StreamReply, WholeReply } from "./reply.ts";

// A stalled answer is given up after this, should nobody hang up before.
const longestStallMs = 600_000;

/** How one answer is sent. */
export interface Sending {
  readonly fault: Fault;
  /** Milliseconds between the events of a stream. */
  readonly paceMs: number;
  /** Aborted when the client hangs up or the sandbox closes: nothing is sent or waited for after it. */
  readonly signal: AbortSignal;
}

/** Sends an answer, with whatever is to go wrong with it. Rejects with the signal's `AbortError` when that fires. */
export async function sendReply(response: ServerResponse, reply: Reply, sending: Sending): Promise<void> {
  const { fault, signal } = sending;
  if (fault.delay !== undefined) await wait(fault.delay, undefined, { signal });
  if (fault.cut === 0) {
    response.destroy();
    return;
  }
  const body = new Body(response, fault["cut-bytes"] ?? Number.POSITIVE_INFINITY);
  if (reply.kind === "whole") await sendWhole(response, body, reply, sending);
  else await sendStream(response, body, reply, sending);
}

async function sendWhole(
  response: ServerResponse,
  body: Body,
  reply: WholeReply,
  { fault, signal }: Sending,
): Promise<void> {
  const text = fault.malformed === undefined ? reply.body : reply.body.slice(0, Math.ceil(reply.body.length * 0.8));
  response.writeHead(reply.status, { ...reply.headers, "content-length": Buffer.byteLength(text) });
  if (fault.stall === undefined && fault.cut === undefined) {
    await body.write(text);
    return body.end();
  }
  await body.write(text.slice(0, text.length / 2));
  if (fault.stall !== undefined) await wait(longestStallMs, undefined, { signal });
  body.cut();
}

async function sendStream(response: ServerResponse, body: Body, reply: StreamReply, sending: Sending): Promise<void> {
  const { fault, signal } = sending;
  const paceMs = fault.slow ?? sending.paceMs;
  const events = reply.events;
  const last = (after: number | undefined): number => Math.min(after ?? Number.POSITIVE_INFINITY, events.length);
  response.writeHead(200, { ...reply.headers });
  response.flushHeaders();
  for (let index = 0; index <= events.length; index += 1) {
    if (fault.stall !== undefined && index === last(fault.stall)) {
      await wait(longestStallMs, undefined, { signal });
      return body.cut();
    }
    if (fault.cut !== undefined && index === last(fault.cut)) return body.cut();
    if (fault.error !== undefined && index === last(fault.error)) {
      await body.write(reply.failure(fault.status ?? 500));
      return body.end();
    }
    const event = events[index];
    if (event === undefined) break;
    if (index > 0 && paceMs > 0) await wait(paceMs, undefined, { signal });
    signal.throwIfAborted();
    await body.write(fault.malformed === index ? breakJson(event) : event);
    if (body.isCut) return;
  }
  if (fault["no-terminator"] === undefined) await body.write(reply.terminator);
  body.end();
}

// The frame stays whole; only what it carries is not JSON any more.
function breakJson(event: string): string {
  const end = event.lastIndexOf("}");
  return event.slice(0, Math.ceil(end / 2) + 4) + event.slice(end + 1);
}

/** A response body that may be cut after a number of bytes. */
class Body {
  readonly #response: ServerResponse;
  #bytesLeft: number;
  isCut = false;

  constructor(response: ServerResponse, bytesLeft: number) {
    this.#response = response;
    this.#bytesLeft = bytesLeft;
  }

  /** Resolves when the bytes have left the process, or the connection is gone. */
  async write(text: string): Promise<void> {
    if (text === "" || this.isCut) return;
    const bytes = Buffer.from(text);
    const kept = bytes.subarray(0, this.#bytesLeft);
    this.#bytesLeft -= kept.length;
    await new Promise<void>((resolve) => {
      this.#response.once("close", resolve);
      this.#response.write(kept, () => {
        this.#response.off("close", resolve);
        resolve();
      });
    });
    if (kept.length < bytes.length) this.cut();
  }

  /** Closes the connection as it is. */
  cut(): void {
    this.isCut = true;
    this.#response.destroy();
  }

  end(): void {
    if (!this.isCut) this.#response.end();
  }
}
