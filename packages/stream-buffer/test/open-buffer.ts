import {
  MemoryStreamStore,
  StreamBuffer,
  type StreamBufferOptions,
  type StreamReader,
  type StreamStore,
} from "../src/index.ts";
import { ManualClock } from "./manual-clock.ts";

/** A buffer whose time stands still. */
export async function openBuffer(
  options: Partial<StreamBufferOptions> = {},
  store: StreamStore = new MemoryStreamStore(),
): Promise<{ readonly buffer: StreamBuffer; readonly store: StreamStore; readonly clock: ManualClock }> {
  const clock = options.clock instanceof ManualClock ? options.clock : new ManualClock();
  return { buffer: await StreamBuffer.open(store, { ...defaults, ...options, clock }), store, clock };
}

const defaults: StreamBufferOptions = {
  interruption: ({ id, label, nextId }) => bytesOf(`[${id} ${label} interrupted ${nextId}]`),
};

export const kept = { retainMs: 60_000, durable: true };

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** One event for each character. */
export function eventsOf(text: string): Uint8Array[] {
  return [...text].map(bytesOf);
}

/** Everything up to the end, and the ids of it as `first-last` of what has no gap. */
export async function readAll(reader: StreamReader): Promise<{ readonly text: string; readonly ids: string }> {
  let text = "";
  const ranges: [number, number][] = [];
  for (let run = await reader.next(); run !== null; run = await reader.next()) {
    text += new TextDecoder().decode(run.bytes);
    const last = ranges.at(-1);
    if (last !== undefined && last[1] + 1 === run.firstId) last[1] += run.count;
    else ranges.push([run.firstId, run.firstId + run.count - 1]);
  }
  return { text, ids: ranges.map((range) => range.join("-")).join(" ") };
}

/** The code that it throws or rejects with. */
export async function codeOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return (error as { readonly code?: unknown }).code;
  }
  return null;
}
