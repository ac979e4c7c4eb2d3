import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type GatewayProcess, runGw } from "../../operation/gateway-process.ts";
import { eventsOf } from "../events.ts";
import { exchange } from "../exchange.ts";
import { startVendor, type VendorCall } from "../scripted-vendor.ts";
import { chatEvents, newDirectory } from "../stream-gateway.ts";

/** What the cycles came to. */
export interface KillTotals {
  streams: number;
  events: number;
  interrupted: number;
  /** Whole before the gateway died. */
  done: number;
  /** What does not hold; empty when all does. */
  readonly problems: string[];
}

/** What a caller saw of its stream until the gateway was gone. */
interface Seen {
  readonly endpoint: keyof typeof endpoints;
  id: string | null;
  text: string;
  /** How long the text was, and when. */
  readonly marks: { readonly atMs: number; readonly length: number }[];
  endedAtMs: number | null;
}

// What was sent is on disk after so long.
const promisedMs = 50;
const streamsAtOnce = 6;
const apiKey = "gw_kill_cycles";
const headers = { authorization: `Bearer ${apiKey}` };

const model = "house/m";
const messages = [{ role: "user", content: "Say something." }];
const isPartial = (data: string): boolean => data.includes('"partial":true');
/** How each endpoint is asked, and how a stream of it ends that the gateway did not live to end. */
const endpoints = {
  "/v1/chat/completions": {
    body: { model, messages, stream: true },
    isInterruption: (text: string, data: string) => text.includes("\ndata: ") && errorOf(data)?.code === "interrupted",
  },
  "/v1/messages": {
    body: { model, messages, stream: true, max_tokens: 100 },
    isInterruption: (text: string, data: string) =>
      text.includes("\nevent: error\n") && errorOf(data)?.type !== undefined,
  },
  "/v1/responses": {
    body: { model, input: "Say something.", stream: true },
    isInterruption: (text: string, data: string) => text.includes("\nevent: error\n") && codeOf(data) === "interrupted",
  },
} as const;

/**
 * Kills a gateway process that delivers streams, again and again at random moments, and looks after each start at what the
 * callers had seen.
 */
export async function killCycles(count: number): Promise<KillTotals> {
  const vendor = await startVendor();
  vendor.answers(speak);
  const directory = newDirectory();
  const config = `providers: { house: { package: "@gw/provider-openai-compatible", api: chat, baseUrl: "${vendor.origin}/v1" } }`;
  writeFileSync(join(directory, "gateway.yaml"), config);
  const totals: KillTotals = { streams: 0, events: 0, interrupted: 0, done: 0, problems: [] };
  let before: { readonly seen: readonly Seen[]; readonly aliveAtMs: number } | null = null;
  try {
    // Compiled code is kept for the next start, but at a good end alone.
    const first = start(directory);
    await first.ready();
    first.kill("SIGTERM");
    await first.ended();
    for (let cycle = 0; cycle <= count; cycle += 1) {
      const gateway = start(directory);
      try {
        const url = await gateway.ready();
        if (before !== null) {
          for (const seen of before.seen) await examine(url, seen, before.aliveAtMs, totals);
          before = null;
        }
        if (cycle === count) continue;
        const seen: Seen[] = [];
        const calls = Array.from({ length: streamsAtOnce }, (_, index) => follow(url, index, seen));
        await sleep(20 + Math.random() * 350);
        gateway.kill("SIGKILL");
        await Promise.all([...calls, gateway.ended()]);
        const marks = seen.flatMap((stream) => stream.marks.map(({ atMs }) => atMs));
        before = { seen, aliveAtMs: Math.max(0, ...marks) };
      } finally {
        gateway.kill("SIGKILL");
        await gateway.ended();
      }
    }
  } finally {
    vendor.close();
  }
  return totals;
}

function start(directory: string): GatewayProcess {
  return runGw(["start"], directory, {
    GW_ADMIN_KEY: apiKey,
    GW_LOG_LEVEL: "silent",
    NODE_COMPILE_CACHE: join(directory, "compiled"),
  });
}

/** Words at a random pace, to an end or for ever. */
async function speak({ response }: VendorCall): Promise<void> {
  const count = Math.random() < 0.3 ? 5 + Math.floor(Math.random() * 40) : Number.POSITIVE_INFINITY;
  const paceMs = Math.random() * 8;
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (let index = 0; index < count && !response.destroyed; index += 1) {
    response.write(chatEvents([`w${index} ${"x".repeat((index * 37) % 300)}`], null)[0] as string);
    await sleep(paceMs);
  }
  if (!response.destroyed) response.end(chatEvents([]).join(""));
}

/** Calls for a stream and writes down what comes, one stream after the other while the gateway lives. */
async function follow(url: string, index: number, all: Seen[]): Promise<void> {
  const paths = Object.keys(endpoints) as (keyof typeof endpoints)[];
  for (;;) {
    const endpoint = paths[index % paths.length] as keyof typeof endpoints;
    const seen: Seen = { endpoint, id: null, text: "", marks: [], endedAtMs: null };
    all.push(seen);
    try {
      const { whole } = await exchange(url + endpoint, {
        headers,
        body: endpoints[endpoint].body,
        onHead: (head) => {
          seen.id = head["gw-stream-id"] as string;
        },
        onData: (chunk) => {
          seen.text += chunk.toString();
          seen.marks.push({ atMs: Date.now(), length: seen.text.length });
        },
      });
      if (!whole) return;
      seen.endedAtMs = Date.now();
    } catch {
      // The gateway is gone.
      return;
    }
  }
}

async function examine(url: string, seen: Seen, aliveAtMs: number, totals: KillTotals): Promise<void> {
  if (seen.id === null) return;
  const say = (problem: string): void => {
    totals.problems.push(`${seen.endpoint} ${seen.id}: ${problem}`);
  };
  totals.streams += 1;
  const dueLength = seen.marks.findLast(({ atMs }) => atMs < aliveAtMs - promisedMs)?.length ?? 0;
  const due = eventsOf(seen.text.slice(0, dueLength));
  const received = eventsOf(seen.text);
  const kept = await exchange(`${url}/v1/streams/${seen.id}`, { headers });
  if (kept.status === 404) {
    if (due.length > 0) say(`lost with ${due.length} events`);
    return;
  }
  if (kept.status !== 200 || !kept.whole) return say(`status ${kept.status}`);
  const events = eventsOf(kept.text);
  totals.events += events.length;
  const ids = events.map(({ id }) => id ?? Number.NaN);
  const last = events.at(-1);
  const status = kept.headers["gw-stream-status"];
  const isCut = status === "interrupted";
  const whole = isCut ? events.slice(0, -1) : events;
  if (!ids.every((id, index) => Number.isInteger(id) && (index === 0 || id > (ids[index - 1] as number))))
    say("ids that do not grow");
  if (!whole.every(({ id }, index) => id === index)) say("a gap before the ending");
  if (whole.length < due.length) say(`${whole.length} events of ${due.length} that were sent in time`);
  for (const [index, event] of whole.entries()) {
    const other = received[index];
    if (other !== undefined && other.text !== event.text) return say(`event ${index} is another`);
  }
  const { isInterruption } = endpoints[seen.endpoint];
  const endings = events.filter(
    ({ data, text }) =>
      isPartial(data) || text.includes("[DONE]") || /event: (message_stop|response.completed)\n/.test(text),
  );
  if (endings.length !== 1 || endings[0] !== last) say(`${endings.length} endings`);
  if (isCut) {
    totals.interrupted += 1;
    if (last === undefined || !isInterruption(last.text, last.data)) say(`its ending is ${last?.text}`);
    const lastSeen = received.at(-1)?.id ?? -1;
    if ((last?.id ?? -1) <= lastSeen) say(`the ending's id ${last?.id} was delivered before, up to ${lastSeen}`);
    const rest = await exchange(`${url}/v1/streams/${seen.id}`, {
      headers: { ...headers, "last-event-id": String(lastSeen) },
    });
    const expected = events.filter(({ id }) => (id ?? -1) > lastSeen).map(({ text }) => text);
    if (rest.text !== expected.join("")) say("who comes back gets something else");
    if (seen.endedAtMs !== null && seen.endedAtMs < aliveAtMs - promisedMs) say("its end is lost");
  } else {
    totals.done += 1;
    if (status !== "done") say(`it is ${status}`);
    if (received.length > events.length) say("it is shorter than what was delivered");
  }
}

function errorOf(data: string): { readonly code?: unknown; readonly type?: unknown } | undefined {
  return (JSON.parse(data) as { error?: { code?: unknown; type?: unknown } }).error;
}

function codeOf(data: string): unknown {
  return (JSON.parse(data) as { code?: unknown }).code;
}
