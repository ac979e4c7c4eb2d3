import { resumingFetch } from "@gw/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ResumeGateway, saysAndWaits, saysPieces, startResumeGateway, text } from "./resume-gateway.ts";
import { sdkReaders } from "./sdk-readers.ts";

let setup: ResumeGateway;
beforeAll(async () => {
  setup = await startResumeGateway();
});
afterAll(() => setup[Symbol.asyncDispose]());

// In the head, in the first events, between them and in the last ones.
const places = Array.from({ length: 40 }, (_place, index) => 1 + index * 61);

describe.each(Object.entries(sdkReaders))("%s", (name, read) => {
  test("does not notice a cut, wherever it is", { timeout: 120_000 }, async () => {
    const { gw, proxy } = setup;
    const cutsBefore = proxy.cuts;
    for (const place of places) {
      saysPieces(gw);
      proxy.cutAfter([place]);
      expect({ place, text: await read({ url: proxy.url, fetch: resumingFetch() }) }).toEqual({ place, text });
      expect({ place, calls: gw.vendor.calls.length }).toEqual({ place, calls: 1 });
    }
    expect(proxy.cuts - cutsBefore).toBeGreaterThan(10);
  });

  test("does not notice two cuts", async () => {
    const { gw, proxy } = setup;
    saysPieces(gw);
    proxy.cutAfter([1_100, 400]);
    expect(await read({ url: proxy.url, fetch: resumingFetch() })).toBe(text);
    expect(gw.vendor.calls.length).toBe(1);
  });

  // The AI SDK reads on by itself when one of its loops is left, and Google's SDK tells nobody: both stop by `abortSignal`.
  const ways = /^@(?:ai-sdk|google)\//.test(name) ? ["abort"] : ["abort", "leave"];
  test.each(ways)("stops the vendor's call by its %s, and a cut does not", async (way) => {
    const { gw, proxy } = setup;
    saysAndWaits(gw, 5);
    proxy.cutAfter([1_100]);
    const stop = new AbortController();
    let seen = "";
    const reading = read({
      url: proxy.url,
      fetch: resumingFetch(),
      signal: stop.signal,
      onText(piece) {
        seen += piece;
        if (seen !== text.slice(0, seen.length) || !seen.includes("is a ")) return true;
        if (way === "abort") stop.abort();
        return way === "abort";
      },
    });
    // Some SDKs end their loops, others throw.
    await reading.catch((error: unknown) => {
      if (!stop.signal.aborted) throw error;
    });
    expect(await gw.vendor.calls[0]?.cut).toBe(true);
    expect(gw.vendor.calls.length).toBe(1);
  });
});
