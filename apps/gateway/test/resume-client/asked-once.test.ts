import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import Anthropic from "@anthropic-ai/sdk";
import { createAI, resumingFetch } from "@gw/client";
import { generateText } from "ai";
import OpenAI from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { adminKey } from "../streams/stream-gateway.ts";
import { type ResumeGateway, saysPieces, startResumeGateway, text } from "./resume-gateway.ts";

let setup: ResumeGateway;
beforeAll(async () => {
  setup = await startResumeGateway();
});
afterAll(() => setup[Symbol.asyncDispose]());
beforeEach(() => saysPieces(setup.gw));

const model = "house/m";
const messages = [{ role: "user" as const, content: "Say something." }];
const vendorCalls = (): number => setup.gw.vendor.calls.length;

/** Each asks for a whole answer with its own retries and a given fetch. */
const askers: Readonly<
  Record<string, (url: string, fetch: typeof globalThis.fetch) => Promise<string | null | undefined>>
> = {
  openai: async (url, fetch) => {
    const client = new OpenAI({ apiKey: adminKey, baseURL: `${url}/v1`, fetch });
    const { choices } = await client.chat.completions.create({ model, messages });
    return choices[0]?.message.content;
  },
  "@anthropic-ai/sdk": async (url, fetch) => {
    const client = new Anthropic({ apiKey: adminKey, authToken: null, baseURL: url, fetch });
    const { content } = await client.messages.create({ model, messages, max_tokens: 100 });
    return content.map((block) => (block.type === "text" ? block.text : "")).join("");
  },
  ai: async (url, fetch) => {
    const house = createOpenAICompatible({ name: "gw", apiKey: adminKey, baseURL: `${url}/v1`, fetch });
    return (await generateText({ model: house(model), messages })).text;
  },
  "@gw/client": async (url, fetch) => {
    const ai = createAI({ baseURL: url, apiKey: adminKey, fetch });
    return (await ai.run(model, { prompt: "Say something." })).response;
  },
};

describe.each(Object.entries(askers))("%s", (name, ask) => {
  test("gets its whole answer over a connection that is cut anywhere, from one call", { timeout: 60_000 }, async () => {
    const { proxy, gw } = setup;
    for (let place = 1; place < 1_500; place += 37) {
      saysPieces(gw);
      proxy.cutAfter([place]);
      expect({ place, text: await ask(proxy.url, resumingFetch()), calls: vendorCalls() }).toEqual({
        place,
        text,
        calls: 1,
      });
    }
  });

  // Only SDKs retry by themselves.
  if (name === "@gw/client") return;
  test("finds the answer of the call that it retries", async () => {
    setup.proxy.cutAfter([20]);
    expect(await ask(setup.proxy.url, resumingFetch({ maxReconnects: 0 }))).toBe(text);
    expect(vendorCalls()).toBe(1);
  });
});

const [, ask] = Object.entries(askers)[3] as [string, (typeof askers)[string]];

test("calls that are equal on purpose are calls of their own", async () => {
  const fetch = resumingFetch();
  await Promise.all([ask(setup.proxy.url, fetch), ask(setup.proxy.url, fetch)]);
  expect(await ask(setup.proxy.url, fetch)).toBe(text);
  expect(vendorCalls()).toBe(3);
});

test("the answer of a call that failed is for one call", async () => {
  const fetch = resumingFetch({ maxReconnects: 0 });
  setup.proxy.cutAfter([20]);
  await expect(ask(setup.proxy.url, fetch)).rejects.toMatchObject({ code: "connection_failed" });
  expect([await ask(setup.proxy.url, fetch), vendorCalls()]).toEqual([text, 1]);
  expect([await ask(setup.proxy.url, fetch), vendorCalls()]).toEqual([text, 2]);
});

test("a key of the caller's own stands", async () => {
  const { proxy, gw } = setup;
  const ai = createAI({ baseURL: proxy.url, apiKey: adminKey });
  const headers = { "Idempotency-Key": "turn-7" };
  for (let time = 0; time < 2; time += 1) await ai.run(model, { prompt: "Say something." }, { headers });
  expect(gw.vendor.calls.length).toBe(1);
  const other = ai.run(model, { prompt: "Say something else." }, { headers });
  await expect(other).rejects.toMatchObject({ code: "idempotency_conflict", status: 422 });
});
