import { GatewayError, type NativeReply, type NativeRequest, type Provider, type TextEvent } from "@gw/core";
import { describe, expect, expectTypeOf, test } from "vitest";
import { type AttemptRecord, failover, MemoryHealthStore, type ProviderTarget } from "../src/index.ts";
import { failureOf } from "./failure-of.ts";
import {
  answerOf,
  beginningOf,
  end,
  frame,
  type ScriptedProvider,
  scriptedProvider,
  silence,
  textCapabilities,
} from "./scripted-provider.ts";

const broken = new GatewayError("upstream_failed", "broken");
const request = { model: "m", messages: [] };
const nativeRequest: NativeRequest = {
  dialect: "toy",
  operation: "generate",
  model: "m",
  stream: true,
  raw: Buffer.from("{}"),
  body: {},
  headers: {},
};

interface Collected {
  readonly events: TextEvent[];
  readonly error: GatewayError | null;
}

async function collect(stream: AsyncIterable<TextEvent>): Promise<Collected> {
  const events: TextEvent[] = [];
  try {
    for await (const event of stream) events.push(event);
    return { events, error: null };
  } catch (error) {
    return { events, error: error as GatewayError };
  }
}

async function collectNative(reply: NativeReply): Promise<{ frames: string[]; error: GatewayError | null }> {
  if (reply.type === "whole") return { frames: [Buffer.from(reply.bytes).toString()], error: null };
  const frames: string[] = [];
  try {
    for await (const batch of reply.batches)
      frames.push(batch.map(({ bytes }) => Buffer.from(bytes).toString()).join(" "));
    return { frames, error: null };
  } catch (error) {
    return { frames, error: error as GatewayError };
  }
}

describe("before the first content a failure is not seen", () => {
  const failures: readonly [string, readonly TextEvent[], GatewayError | null][] = [
    ["at once", [], broken],
    ["inside a stream that has begun", silence, broken],
    ["as an end without an answer", silence, null],
  ];
  test.each(failures)("streamed, %s", async (_when, events, error) => {
    const one = scriptedProvider("one", { events, ...(error !== null && { error }) });
    const two = scriptedProvider("two");
    expect(await collect(failover([one, two]).text.stream(request))).toEqual({ events: answerOf("two"), error: null });
    expect([one.asked.length, two.asked.length, one.open.size]).toEqual([1, 1, 0]);
  });

  test.each([
    ["at once", []],
    ["inside a stream that has begun", [[frame("start")], [frame("ping")]]],
  ])("in the native lane, %s", async (_when, batches) => {
    const one = scriptedProvider("one", { batches, error: broken });
    const reply = await failover([one, scriptedProvider("two")]).native.open(nativeRequest, {});
    expect(reply.headers).toEqual({ "x-from": "two" });
    expect(await collectNative(reply)).toEqual({ frames: ["start two"], error: null });
    expect(one.open.size).toBe(0);
  });

  test("unstreamed", async () => {
    const providers = () => [scriptedProvider("one", { error: broken }), scriptedProvider("two")];
    const { content } = await failover(providers()).text.generate(request);
    expect(content).toEqual([{ type: "text", text: "from two" }]);
    expect(await failover(providers()).text.countTokens?.(request)).toEqual({ inputTokens: 3 });
    const { embeddings } = await failover(providers()).embed({ model: "m", input: ["text"] });
    expect(embeddings).toEqual([[1]]);
    const reply = await failover(providers()).native.open({ ...nativeRequest, stream: false }, {});
    expect(await collectNative(reply)).toEqual({ frames: ["two"], error: null });
  });

  test("a request's fault reaches the caller as it is", async () => {
    const fault = new GatewayError("invalid_request", "no messages", { httpStatus: 400 });
    const two = scriptedProvider("two");
    const { events, error } = await collect(
      failover([scriptedProvider("one", { error: fault, events: [] }), two]).text.stream(request),
    );
    expect([events, error?.code, error?.provider, two.asked]).toEqual([[], "invalid_request", "one", []]);
  });

  test("a stream without content is an answer too", async () => {
    const empty = [{ type: "response-start", id: null, model: null }, end] as const;
    const one = scriptedProvider("one", { events: empty, batches: [[frame("start")], [frame("end")]] });
    expect(await collect(failover([one]).text.stream(request))).toEqual({ events: empty, error: null });
    const reply = await failover([one]).native.open(nativeRequest, {});
    expect(await collectNative(reply)).toEqual({ frames: ["start end"], error: null });
  });

  test("with the first content, all that was held is given out", async () => {
    const contents: readonly TextEvent[] = [
      { type: "text-delta", index: 0, text: "a" },
      { type: "reasoning-delta", index: 0, text: "a" },
      { type: "refusal-delta", index: 0, text: "a" },
      { type: "tool-call-start", index: 0, id: "a", name: "b" },
      { type: "part", index: 0, part: { type: "text", text: "a" } },
    ];
    for (const content of contents) {
      const one = scriptedProvider("one", { events: [...silence, content], hangs: true });
      const stream = failover([one]).text.stream(request)[Symbol.asyncIterator]();
      const seen: unknown[] = [];
      for (let step = 0; step < 3; step += 1) seen.push((await stream.next()).value);
      expect(seen).toEqual([...silence, content]);
      await stream.return?.();
      expect(one.open.size).toBe(0);
    }
  });
});

describe("after the first content", () => {
  test("a failure is thrown, and nobody else is asked", async () => {
    const script = {
      events: beginningOf("Hel"),
      batches: [[frame("start"), frame("Hel", true)], [frame("lo")]],
      error: broken,
    };
    const two = scriptedProvider("two");
    const provider = failover([scriptedProvider("one", script), two]);
    const { events, error } = await collect(provider.text.stream(request));
    expect([events, error?.code, error?.provider]).toEqual([beginningOf("Hel"), "upstream_failed", "one"]);
    const { frames, error: nativeError } = await collectNative(await provider.native.open(nativeRequest, {}));
    expect([frames, nativeError?.code]).toEqual([["start Hel", "lo"], "upstream_failed"]);
    expect(two.asked).toEqual([]);
  });

  test("a failure counts against the target's health, a reader who leaves does not", async () => {
    const health = new MemoryHealthStore();
    const failures = () => health.circuits.get("one/m")?.seconds.reduce((sum, { failed }) => sum + failed, 0);
    const whole = failover([scriptedProvider("one")], { health });
    for await (const _ of whole.text.stream(request)) break;
    const native = await whole.native.open(nativeRequest, {});
    if (native.type === "stream") for await (const _ of native.batches) break;
    expect(failures()).toBe(0);
    const script = { events: beginningOf("Hel"), batches: [[frame("Hel", true)]], error: broken };
    const breaking = failover([scriptedProvider("one", script)], { health });
    await collect(breaking.text.stream(request));
    await collectNative(await breaking.native.open(nativeRequest, {}));
    expect(failures()).toBe(2);
  });

  test("a caller who leaves closes the stream, read or not", async () => {
    const one = scriptedProvider("one", { events: beginningOf("a"), batches: [[frame("a", true)]], hangs: true });
    const provider = failover([one]);
    const leaving = new AbortController();
    const call = { signal: leaving.signal };
    const reading = collect(provider.text.stream(request, call));
    const reply = await provider.native.open(nativeRequest, call);
    const readingNative = collectNative(reply);
    leaving.abort();
    expect([(await reading).error?.code, (await readingNative).error?.code]).toEqual(["aborted", "aborted"]);
    const unread = await provider.native.open(nativeRequest, {});
    if (unread.type === "stream") await unread.batches[Symbol.asyncIterator]().return?.();
    expect(one.open.size).toBe(0);
  });
});

describe("the caller's signal", () => {
  const scenarios: readonly [
    string,
    (provider: ReturnType<typeof failoverOf>, signal: AbortSignal) => Promise<unknown>,
  ][] = [
    ["generate", (provider, signal) => provider.text.generate(request, { signal })],
    ["stream", (provider, signal) => collect(provider.text.stream(request, { signal }))],
    [
      "a stream that is left",
      async (provider, signal) => {
        for await (const _ of provider.text.stream(request, { signal })) break;
      },
    ],
    ["native", async (provider, signal) => collectNative(await provider.native.open(nativeRequest, { signal }))],
    ["native, whole", (provider, signal) => provider.native.open({ ...nativeRequest, stream: false }, { signal })],
    [
      "native, failed",
      (provider, signal) => failureOf(provider.native.open({ ...nativeRequest, dialect: "no" }, { signal })),
    ],
  ];
  test.each(scenarios)("is let go of: %s", async (_name, run) => {
    const { signal } = new AbortController();
    let listeners = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<AbortSignal["addEventListener"]>) => {
      listeners += 1;
      addEventListener.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<AbortSignal["removeEventListener"]>) => {
      listeners -= 1;
      removeEventListener.apply(signal, args);
    };
    await run(failoverOf(scriptedProvider("one")), signal);
    expect(listeners).toBeLessThanOrEqual(0);
  });

  test("ends a call that hangs before its first content", async () => {
    const one = scriptedProvider("one", { events: silence, hangs: true });
    const leaving = new AbortController();
    const reading = collect(failover([one, scriptedProvider("two")]).text.stream(request, { signal: leaving.signal }));
    await new Promise((resolve) => setImmediate(resolve));
    leaving.abort();
    expect((await reading).error?.code).toBe("aborted");
    expect(one.open.size).toBe(0);
  });
});

function failoverOf(provider: ScriptedProvider) {
  return failover([provider]);
}

describe("targets", () => {
  test("may call the model by names of their own", async () => {
    const one = scriptedProvider("one", { error: broken, events: [], batches: [] });
    const two = scriptedProvider("two");
    const provider = failover([one, { provider: two, model: "vendor.m-v1" }]);
    await provider.text.generate(request);
    await collect(provider.text.stream(request));
    await provider.native.open(nativeRequest, {});
    expect([one.asked, two.asked]).toEqual([
      ["m", "m", "m"],
      ["vendor.m-v1", "vendor.m-v1", "vendor.m-v1"],
    ]);
  });

  test("that cannot take a call are passed over", async () => {
    const { native: _native, embed: _embed, text, ...rest } = scriptedProvider("one");
    const one: Provider = { ...rest, text: { generate: text.generate, stream: text.stream } };
    const two = scriptedProvider("two");
    const provider = failover([one, two]);
    expect(await provider.text?.countTokens?.(request)).toEqual({ inputTokens: 3 });
    expect((await provider.native?.open(nativeRequest, {}))?.headers).toEqual({ "x-from": "two" });
    await provider.embed?.({ model: "m", input: ["text"] });
    expect(two.asked.length).toBe(3);
    expect(
      (
        await failureOf(
          two.native
            .open({ ...nativeRequest, stream: false }, {})
            .then(() => provider.native?.open({ ...nativeRequest, dialect: "other" }, {})),
        )
      ).code,
    ).toBe("unsupported_capability");
  });

  test("of one name are not one", async () => {
    const health = new MemoryHealthStore();
    const options = { health, maxAttempts: 2 };
    const twins = [scriptedProvider("same", { error: broken }), scriptedProvider("same")];
    for (let call = 0; call < 6; call += 1) await failover(twins, options).text.generate(request);
    expect([...health.circuits.keys()]).toEqual(["same/m", "same#2/m"]);
    expect(twins.map(({ asked }) => asked.length)).toEqual([5, 6]);
  });

  test("are told of by onAttempt", async () => {
    const records: AttemptRecord<ProviderTarget>[] = [];
    const one = scriptedProvider("one", { error: broken });
    const provider = failover([one, scriptedProvider("two")], { onAttempt: (record) => records.push(record) });
    await provider.text.generate(request);
    expect(records.map(({ target, error }) => [target.value.provider.id, error?.code])).toEqual([
      ["one", "upstream_failed"],
      ["two", undefined],
    ]);
  });

  test("there has to be one", () => {
    expect(() => failover([])).toThrow(expect.objectContaining({ code: "invalid_request", param: "targets" }));
  });
});

describe("is a provider again", () => {
  test("that can do what one of its targets can", () => {
    const more = scriptedProvider("more");
    const able: Provider = {
      ...more,
      capabilities: {
        text: { ...textCapabilities, tools: true, nativeDialects: ["other", "toy"] },
        embed: { nativeDialects: ["toy-embed"], maxInputs: null, dimensions: true },
      },
    };
    expect(failover([scriptedProvider("one"), able]).capabilities).toEqual({
      text: { ...textCapabilities, tools: true, nativeDialects: ["toy", "other"] },
      embed: { nativeDialects: ["toy-embed"], maxInputs: 10, dimensions: true },
    });
  });

  test("whose bound is the lowest of theirs", () => {
    const able = (maxInputs: number): Provider => {
      const one = scriptedProvider("one");
      return { ...one, capabilities: { embed: { nativeDialects: [], maxInputs, dimensions: false } } };
    };
    expect(failover([able(20), able(5), able(10)]).capabilities.embed?.maxInputs).toBe(5);
  });

  test("whose type has the methods that all of its targets surely have", () => {
    const sure = scriptedProvider("one");
    const perhaps: Provider = sure;
    expectTypeOf(failover([sure, { provider: sure, model: "m" }]).text).not.toBeNullable();
    expectTypeOf(failover([sure, perhaps]).text).toBeNullable();
  });

  test("that can be a target", async () => {
    const inner = failover([scriptedProvider("one", { error: broken }), scriptedProvider("two", { error: broken })], {
      id: "inner",
      maxAttempts: 2,
    });
    const outer = failover([inner, scriptedProvider("three")]);
    expect((await outer.text.generate(request)).content).toEqual([{ type: "text", text: "from three" }]);
  });

  test("that closes each of its providers once", async () => {
    const one = scriptedProvider("one");
    await failover([one, { provider: one, model: "other" }]).close();
    expect(one.closed).toBe(1);
  });
});
