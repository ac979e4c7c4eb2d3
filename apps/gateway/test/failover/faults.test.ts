import { startUpstream, type Upstream } from "@gw/provider-testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Caller, callers, outcomeOf } from "../robustness/callers.ts";
import { type RunningGateway, startGateway } from "../robustness/running-gateway.ts";
import type { VendorFault } from "../robustness/vendor-faults.ts";
import { faultPhases, goodAnswer } from "./fault-phases.ts";

const timeouts = { connectTimeoutMs: 2_000, firstContentTimeoutMs: 800, idleTimeoutMs: 800 };
// What one of two targets says, and no other could say better.
const final = /^(?:complete|partial|400)/;

const cases = faultPhases.flatMap((fault, index) => [
  ...(fault.whole === undefined ? [] : [[fault.name, "an unstreamed call", fault.whole, false, fault, index] as const]),
  ...(fault.stream === undefined ? [] : [[fault.name, "a stream", fault.stream, true, fault, index] as const]),
]);
const firstOf = ({ reply }: VendorFault): string => (reply === null ? "nobody" : "first");
// A model of its own for each call: what one teaches of a target says nothing to another.
const nameOf = (caller: Caller, index: number, streamed: boolean): string =>
  `fault-${index}-${caller.name.replaceAll(" ", "-")}-${streamed}`;

let first: Upstream;
let second: Upstream;
let gw: RunningGateway;

beforeAll(async () => {
  const empty = await startUpstream({});
  await empty.close();
  first = await startUpstream((request) => {
    const { model } = request.json() as { model: string };
    return faultPhases[Number(/^fault-(\d+)/.exec(model)?.[1])]?.reply ?? { status: 500 };
  });
  second = await startUpstream((request) => goodAnswer((request.json() as { stream?: boolean }).stream === true));
  const compatible = { package: "@gw/provider-openai-compatible", ...timeouts };
  const models = cases.flatMap(([, , , streamed, fault, index]) =>
    callers.map((caller) => {
      const model = nameOf(caller, index, streamed);
      return [`${firstOf(fault)}/${model}`, { offers: [{ provider: "second", model }] }] satisfies [string, object];
    }),
  );
  gw = await startGateway({
    providers: {
      first: { ...compatible, baseUrl: `${first.url}/v1` },
      nobody: { ...compatible, baseUrl: `${empty.url}/v1` },
      second: { ...compatible, baseUrl: `${second.url}/v1` },
    },
    models: Object.fromEntries(models),
  });
});

afterAll(async () => {
  await gw.close();
  await first.close();
  await second.close();
});

describe("with another target in reach, a reply", () => {
  it.each(cases)("that %s reaches %s as it should", async (_name, _kind, alone, streamed, fault, index) => {
    const asking = callers.filter((caller) => streamed || caller.wholeToo);
    const came = await Promise.all(
      asking.map(async (caller) => {
        const name = nameOf(caller, index, streamed);
        const outcome = await outcomeOf(caller, gw, `${firstOf(fault)}/${name}`, streamed);
        return [caller.name, { outcome, first: asked(first, name), second: asked(second, name) }] as const;
      }),
    );
    const should = asking.map((caller) => {
      const own = (caller.native && streamed ? fault.nativeStream : undefined) ?? alone;
      const tries = fault.reply === null ? 0 : 1;
      const expected = final.test(own)
        ? { outcome: own, first: tries, second: 0 }
        : { outcome: "complete", first: tries, second: 1 };
      return [caller.name, expected] as const;
    });
    expect(Object.fromEntries(came)).toEqual(Object.fromEntries(should));
  });
});

function asked({ requests }: Upstream, name: string): number {
  return requests.filter((request) => (request.json() as { model: string }).model === name).length;
}
