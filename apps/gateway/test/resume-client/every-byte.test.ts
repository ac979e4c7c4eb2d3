import { resumingFetch } from "@gw/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { idsOf, joined } from "../streams/events.ts";
import { adminKey, chatEvents } from "../streams/stream-gateway.ts";
import { body, pieces, type ResumeGateway, saysPieces, startResumeGateway } from "./resume-gateway.ts";

let setup: ResumeGateway;
beforeAll(async () => {
  setup = await startResumeGateway();
});
afterAll(() => setup[Symbol.asyncDispose]());

const headers = { authorization: `Bearer ${adminKey}`, "content-type": "application/json" };

/** Reads an answer over connections that are cut at these places, in bytes from the first one of the head. */
async function readCut(places: readonly number[]) {
  const { gw, proxy } = setup;
  saysPieces(gw);
  const cutsBefore = proxy.cuts;
  proxy.cutAfter(places);
  const response = await resumingFetch()(`${proxy.url}/v1/chat/completions`, { method: "POST", headers, body });
  const events = joined(await response.text());
  return { events, calls: gw.vendor.calls.length, cuts: proxy.cuts - cutsBefore };
}

test("a stream that is cut at any byte comes whole, from one call", { timeout: 300_000 }, async () => {
  const { events } = await readCut([]);
  expect(idsOf(events)).toEqual(chatEvents(pieces).map((_event, id) => id));
  let cuts = 1;
  let place = 1;
  // Before the head, inside of it, at each event's end and inside of each, until the last byte has come.
  for (; cuts === 1; place += 1) {
    const { cuts: made, ...read } = await readCut([place]);
    expect({ place, ...read }).toEqual({ place, events, calls: 1 });
    cuts = made;
  }
  expect(place).toBeGreaterThan(Buffer.byteLength(events));
});

test("a stream that is cut three times comes whole, from one call", { timeout: 120_000 }, async () => {
  const { events } = await readCut([]);
  let cuts = 0;
  for (let run = 0; run < 60; run += 1) {
    const places = [900, 500, 500].map((bytes) => 1 + Math.floor(Math.random() * bytes));
    const { cuts: made, ...read } = await readCut(places);
    expect({ places, ...read }).toEqual({ places, events, calls: 1 });
    cuts += made;
  }
  expect(cuts).toBeGreaterThan(120);
});
