import { startUpstream, type Upstream } from "@gw/provider-testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Caller, callers, outcomeOf } from "./callers.ts";
import { type RunningGateway, startGateway } from "./running-gateway.ts";
import { type VendorFault, vendorFaults } from "./vendor-faults.ts";

const timeouts = { connectTimeoutMs: 2_000, firstContentTimeoutMs: 400, idleTimeoutMs: 400 };

let house: Upstream;
let gw: RunningGateway;

beforeAll(async () => {
  const empty = await startUpstream({});
  await empty.close();
  // The model's name says what goes wrong.
  house = await startUpstream((request) => {
    const { model } = request.json() as { model: string };
    const reply = vendorFaults[Number(/^fault-(\d+)/.exec(model)?.[1])]?.reply;
    return reply ?? { status: 500, body: "there is no such fault" };
  });
  const compatible = { package: "@gw/provider-openai-compatible", ...timeouts };
  gw = await startGateway({
    // What a fault comes to when nobody else is asked.
    maxAttempts: 1,
    providers: {
      house: { ...compatible, baseUrl: `${house.url}/v1` },
      nobody: { ...compatible, baseUrl: `${empty.url}/v1` },
    },
  });
});

afterAll(async () => {
  await gw.close();
  await house.close();
});

const cases = vendorFaults.flatMap((fault, index) => [
  ...(fault.whole === undefined ? [] : [[fault.name, "an unstreamed call", fault.whole, false, fault, index] as const]),
  ...(fault.stream === undefined ? [] : [[fault.name, "a stream", fault.stream, true, fault, index] as const]),
]);

describe("a vendor's reply", () => {
  it.each(cases)("that %s makes %s %s", async (_name, _kind, expected, streamed, fault, index) => {
    const asking = callers.filter((caller) => streamed || caller.wholeToo);
    const outcomes = await Promise.all(asking.map((caller) => ask(caller, fault, index, streamed)));
    const nativeToo = (streamed && fault.nativeStream) || expected;
    expect(Object.fromEntries(outcomes)).toEqual(
      Object.fromEntries(asking.map(({ name, native }) => [name, native ? nativeToo : expected])),
    );
  });
});

async function ask(caller: Caller, fault: VendorFault, index: number, streamed: boolean) {
  const name = `fault-${index}-${caller.name.replaceAll(" ", "-")}-${streamed}`;
  const model = `${fault.reply === null ? "nobody" : "house"}/${name}`;
  const outcome = await outcomeOf(caller, gw, model, streamed);
  const asked = house.requests.filter((request) => (request.json() as { model: string }).model === name);
  const calls = fault.reply === null ? 0 : 1;
  return [
    caller.name,
    asked.length === calls ? outcome : `${outcome}, the vendor was asked ${asked.length} times`,
  ] as const;
}
