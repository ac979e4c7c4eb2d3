import { frameOf, isStream, splitFrames } from "./frames.ts";
import type { Fault, Reach, ScriptedReply } from "./scripted-reply.ts";

/** What the server does for one reply, step by step. */
export interface ReplyPlan {
  readonly delayMs: number;
  readonly status: number;
  /** `null`: not even the head is sent. */
  readonly headers: Readonly<Record<string, string>> | null;
  readonly writes: readonly Uint8Array[];
  readonly ending: "complete" | "stall" | "fin" | "reset";
  readonly closeDelimited: boolean;
}

const html = "<!DOCTYPE html><html><head><title>200</title></head><body><h1>Service page</h1></body></html>";
const garbage = Uint8Array.from({ length: 256 }, (_, index) => (index * 167 + 129) & 255);

/** Works out what a reply with its faults looks like on the wire. Pure. */
export function planReply(reply: ScriptedReply): ReplyPlan {
  const faults = reply.faults ?? [];
  const headers: Record<string, string> = { "content-type": "application/json", ...reply.headers };
  const given = typeof reply.body === "string" ? Buffer.from(reply.body) : (reply.body ?? new Uint8Array());
  const body = bodyWithFaults(given, headers, faults);

  const delay = faults.find((fault) => fault.type === "delay");
  const lie = faults.find((fault) => fault.type === "content-length");
  const stop = faults.find((fault) => fault.type === "stall" || fault.type === "cut");
  const closeDelimited = faults.some((fault) => fault.type === "close-delimited");
  const cleanCut = stop?.type === "cut" && stop.how === "clean";
  const sent = body.subarray(0, stop === undefined ? body.length : bodyBytes(stop.after));

  // A stream has no length beforehand; a whole answer promises all its bytes even where a fault withholds some.
  const promised = cleanCut ? sent.length : body.length + (lie?.extraBytes ?? 0);
  const hasLength = !isStream(headers["content-type"] ?? "") && !closeDelimited;
  if (lie !== undefined || hasLength) headers["content-length"] = String(promised);

  return {
    delayMs: delay?.delayMs ?? 0,
    status: reply.status ?? 200,
    headers: stop?.after === "request" ? null : headers,
    writes: writesOf(
      sent,
      faults.find((fault) => fault.type === "split"),
    ),
    ending: endingOf(stop, lie !== undefined || closeDelimited),
    closeDelimited,
  };
}

function bodyWithFaults(given: Uint8Array, headers: Record<string, string>, faults: readonly Fault[]): Uint8Array {
  let body = given;
  for (const fault of faults) {
    const contentType = headers["content-type"] ?? "";
    if (fault.type === "html") {
      headers["content-type"] = "text/html; charset=utf-8";
      body = Buffer.from(html);
    } else if (fault.type === "garbage") {
      body = garbage;
    } else if (fault.type === "gzip-lie") {
      headers["content-encoding"] = "gzip";
    } else if (fault.type === "drop-frames") {
      body = Buffer.concat(splitFrames(body, contentType).slice(0, fault.from));
    } else if (fault.type === "insert") {
      body = inserted(body, contentType, fault.at, fault.bytes);
    } else if (fault.type === "malformed-frame") {
      body = inserted(body, contentType, fault.at, frameOf('{"unfinished": [1, "', contentType));
    }
  }
  return body;
}

function inserted(body: Uint8Array, contentType: string, at: number, bytes: Uint8Array): Uint8Array {
  const frames = splitFrames(body, contentType);
  return Buffer.concat([...frames.slice(0, at), bytes, ...frames.slice(at)]);
}

function bodyBytes(reach: Reach): number {
  return typeof reach === "number" ? reach : 0;
}

function endingOf(stop: Extract<Fault, { type: "stall" | "cut" }> | undefined, closes: boolean): ReplyPlan["ending"] {
  if (stop?.type === "stall") return "stall";
  if (stop?.type === "cut" && stop.how !== "clean") return stop.how;
  return closes ? "fin" : "complete";
}

function writesOf(body: Uint8Array, split: Extract<Fault, { type: "split" }> | undefined): Uint8Array[] {
  if (split === undefined) return body.length === 0 ? [] : [body];
  const offsets = split.at === "every-byte" ? Array.from(body, (_, index) => index) : split.at;
  const bounds = [...new Set([0, ...offsets, body.length])].filter((offset) => offset <= body.length);
  bounds.sort((left, right) => left - right);
  return bounds.slice(1).map((end, index) => body.subarray(bounds[index], end));
}
