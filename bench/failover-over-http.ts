import { once } from "node:events";
import { connect, createServer } from "node:net";
import { load } from "./load.ts";
import { MeasuredProcess } from "./measured-process.ts";
import { median } from "./median.ts";

/** How long until a stream's first event, in milliseconds; medians over the rounds, of calls one after the other. */
export interface FailoverFigures {
  /** The target that answers is the only one. */
  readonly direct: number;
  readonly failures: readonly {
    readonly name: string;
    /** The first target fails, and the next one answers. */
    readonly movedOn: number;
    /** The failure by itself: asked for over a bare socket, without the gateway. */
    readonly failure: number;
  }[];
}

const failures = [
  { name: "a refused connection", model: "nobody/bench" },
  { name: "a 503", model: "sick/bench" },
] as const;

/** Measures what a failover adds to a call over HTTP, everything in one run and in turns. */
export async function failoverOverHttp(rounds: number, roundMs: number): Promise<FailoverFigures> {
  const nobody = `http://127.0.0.1:${await freePort()}`;
  const well = await MeasuredProcess.start("well", "upstream.ts");
  const sick = await MeasuredProcess.start("sick", "sick-upstream.ts");
  const gateway = await MeasuredProcess.start("gateway", "failover-gateway.ts", [well.url, sick.url, nobody]);
  try {
    const asked = (model: string, durationMs: number) => firstEventMs(gateway, model, durationMs);
    const failing = { "nobody/bench": () => refusedMs(nobody), "sick/bench": () => answeredMs(sick.url) };
    const direct: number[] = [];
    const moved = failures.map((): number[] => []);
    const alone = failures.map((): number[] => []);
    for (const { model } of failures) await asked(model, 1_000);
    for (let round = 0; round < rounds; round += 1) {
      direct.push(await asked("well/bench", roundMs));
      for (const [index, { model }] of failures.entries()) {
        moved[index]?.push(await asked(model, roundMs));
        alone[index]?.push(await failing[model]());
      }
    }
    return {
      direct: median(direct),
      failures: failures.map(({ name }, index) => ({
        name,
        movedOn: median(moved[index] ?? []),
        failure: median(alone[index] ?? []),
      })),
    };
  } finally {
    for (const one of [well, sick, gateway]) one.stop();
  }
}

async function firstEventMs({ url, headers }: MeasuredProcess, model: string, durationMs: number): Promise<number> {
  const result = await load({
    url,
    path: "/v1/chat/completions",
    headers,
    body: JSON.stringify({ model, stream: true, messages: [{ role: "user", content: "Say something." }] }),
    stream: true,
    concurrency: 1,
    durationMs,
  });
  return median(result.firstEventMs);
}

const repeated = 200;

async function refusedMs(url: string): Promise<number> {
  const times: number[] = [];
  for (let done = 0; done < repeated; done += 1) {
    const startedAtMs = performance.now();
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    await new Promise((resolve) => socket.once("error", resolve));
    times.push(performance.now() - startedAtMs);
  }
  return median(times);
}

async function answeredMs(url: string): Promise<number> {
  const socket = connect({ host: "127.0.0.1", port: Number(new URL(url).port), noDelay: true });
  await once(socket, "connect");
  const times: number[] = [];
  for (let done = 0; done < repeated; done += 1) {
    const startedAtMs = performance.now();
    socket.write("POST / HTTP/1.1\r\nhost: sick\r\ncontent-length: 2\r\n\r\n{}");
    await once(socket, "data");
    times.push(performance.now() - startedAtMs);
  }
  socket.destroy();
  return median(times);
}

/** A port on which nobody listens. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
