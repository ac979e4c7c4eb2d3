import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { aiSdkAnthropicDriver, aiSdkCompatibleDriver } from "./ai-sdk-driver.ts";
import { anthropicDriver } from "./anthropic-driver.ts";
import { planSchema } from "./fixtures.ts";
import { googleDriver } from "./google-driver.ts";
import { openAIChatDriver } from "./openai-chat-driver.ts";
import { openAIResponsesDriver } from "./openai-responses-driver.ts";
import type { Answer, Ask, Connection, SdkDriver, SdkFailure } from "./sdk-driver.ts";
import { gatewayKey, type StartedGateway, startGateway, vendorKey } from "./started-gateway.ts";
import { sealsIn, systemOf } from "./wire-facts.ts";

let started: StartedGateway;
beforeAll(async () => {
  // Of a model that it does not know, the AI SDK says that it limits the output.
  (globalThis as { AI_SDK_LOG_WARNINGS?: boolean }).AI_SDK_LOG_WARNINGS = false;
  // A caller who leaves is only a reader less, unless he says that he is more.
  started = await startGateway({ onDisconnect: "cancel" });
});
afterAll(() => started.close());
beforeEach(() => started.upstream.forget());

const clients: readonly (readonly [string, (connection: Connection) => SdkDriver])[] = [
  ["openai chat", openAIChatDriver],
  ["openai responses", openAIResponsesDriver],
  ["anthropic", anthropicDriver],
  ["google", googleDriver],
  ["ai-sdk compatible", aiSdkCompatibleDriver],
  ["ai-sdk anthropic", aiSdkAnthropicDriver],
];

/** A current model, and one that does not think by itself and takes every parameter. */
const vendors = [
  { vendor: "openai", model: "openai/gpt-5.5", plain: "openai/gpt-4.1" },
  { vendor: "anthropic", model: "anthropic/claude-sonnet-5", plain: "anthropic/claude-haiku-4-5" },
  { vendor: "google", model: "google/gemini-3.5-flash", plain: "google/gemini-2.5-flash-lite" },
] as const;

const counting = "Say exactly: one two three four five";
const weather = "Compare the weather in Paris and New York.";

describe.each(clients)("%s", (_name, connect) => {
  const driver = (apiKey = gatewayKey) => connect({ url: started.url, apiKey });

  describe.each(vendors)("with $vendor", ({ vendor, model, plain }) => {
    test("text, with a system prompt and usage", async () => {
      const answer = await driver().ask({ model, turns: [counting], system: "Be brief" });
      expect(answer).toMatchObject({ text: "one two three four five", finish: driver().finishes.stop });
      expect(spokenTokens(answer)).toBe(5);
      expect(answer.inputTokens).toBe(18);
      const [call, ...others] = started.upstream.calls;
      expect(others).toEqual([]);
      expect(systemOf(call)).toBe("Be brief");
      expect(JSON.stringify(call?.headers)).toContain(vendorKey);
      expect(JSON.stringify(call?.headers)).not.toContain(gatewayKey);
    });

    test("stream, token by token, with the same usage", async () => {
      const answer = await driver().stream({ model: plain, turns: [counting] });
      expect(answer).toMatchObject({ text: "one two three four five", pieces: 5, finish: driver().finishes.stop });
      expect([answer.inputTokens, answer.outputTokens]).toEqual([12, 5]);
    });

    test("several turns", async () => {
      const answer = await driver().ask({ model, turns: ["My name is Ada", "Hello Ada", counting] });
      expect(answer.text).toBe("one two three four five");
      expect(answer.inputTokens).toBe(26);
      expect(JSON.stringify(started.upstream.calls[0]?.body)).toMatch(/My name is Ada.*Hello Ada.*Say exactly/);
    });

    test.each([
      { stream: false, reasoning: false },
      { stream: true, reasoning: false },
      { stream: false, reasoning: true },
      { stream: true, reasoning: true },
    ])("parallel tools, by the SDK's own loop (%j)", async ({ stream, reasoning }) => {
      const { cities, text } = await driver().useTools({ model, turns: [weather], reasoning }, stream);
      expect(cities).toEqual(["Paris", "New York"]);
      expect(text).toMatch(/get_weather answered: .*18 degrees in Paris.*\n.*21 degrees in New York/);
      // Anthropic's SDK first asks for a thread, which the sandbox does not keep.
      const [first, second] = started.upstream.calls.filter(({ reply }) => !reply.startsWith('{"type":"error"'));
      const sealed = sealsIn(first?.reply ?? "");
      const sent = JSON.stringify(second?.body);
      if (driver().returnsSeals[vendor]) {
        // The others think unasked.
        if (reasoning || vendor !== "anthropic") expect(sealed).not.toEqual([]);
        for (const seal of sealed) expect(sent).toContain(JSON.stringify(seal));
      } else for (const seal of sealed) expect(sent).not.toContain(seal);
    });

    test("structured output, by the SDK's own parser", async () => {
      const plan = planSchema.parse(await driver().parse({ model, turns: ["Plan an evening with Alice"] }));
      expect(plan.title).toBe("Alice");
    });

    test.each([
      ["image", "an image (image/png, 15 bytes)"],
      ["pdf", "a document (application/pdf, 25 bytes)"],
    ] as const)("%s input", async (attachment, seen) => {
      const { text } = await driver().ask({ model, turns: ["What is this?"], attachment });
      expect(text).toContain(`I received ${seen}`);
    });

    // OpenAI's chat completions shows no reasoning at all, and in the native lane nothing is added to it.
    const shows = !(vendor === "openai" && ["openai chat", "ai-sdk compatible"].includes(_name));
    test.each([false, true])(`reasoning, asked for and ${shows ? "shown" : "counted"} (stream: %s)`, async (stream) => {
      const ask: Ask = { model, turns: ["Why is the sky blue?"], reasoning: true };
      const answer = await (stream ? driver().stream(ask) : driver().ask(ask));
      expect(answer.text).toContain("You asked: “Why is the sky blue?”");
      expect(answer.text).not.toContain("A second look at");
      if (shows) expect(answer.thinking).toMatch(/blue .*\.$/);
      // In a stream Anthropic does not say how much of the output was thought.
      if (!(stream && vendor === "anthropic")) expect(answer.reasoningTokens).toBeGreaterThan(20);
      expect(answer.outputTokens).toBeGreaterThan(60);
    });

    test("the bound on the answer", async () => {
      const twenty = `Say exactly: ${"word ".repeat(20)}`;
      const answer = await driver().ask({ model: plain, turns: [twenty], maxTokens: 16 });
      expect(answer).toMatchObject({ finish: driver().finishes.length, outputTokens: 16 });
      expect(answer.text.trim().split(" ")).toHaveLength(16);
    });

    test("stop sequences", async () => {
      const { stopSequence } = driver().finishes;
      if (stopSequence === null) return expect(driver().name).toBe("openai responses");
      const answer = await driver().ask({ model: plain, turns: [counting], stop: ["four"] });
      expect(answer).toMatchObject({ text: "one two three ", outputTokens: 4 });
      // Only Anthropic tells a stop sequence from an end, so only from it can it be known.
      expect(answer.finish).toBe(vendor === "anthropic" ? stopSequence : driver().finishes.stop);
    });

    test("an abort in the stream ends the vendor's call", async () => {
      const abort = new AbortController();
      const arrived = started.upstream.nextCall();
      const turns = ["[[gw-fault:stall=14]] Tell me about lighthouses"];
      const streamed = driver().stream({ model: plain, turns, signal: abort.signal }, () => abort.abort());
      await expect(streamed).rejects.toThrow();
      expect(abort.signal.aborted).toBe(true);
      expect(await (await arrived).cut).toBe(true);
    });

    test("an abort before the answer ends the vendor's call", async () => {
      const abort = new AbortController();
      const arrived = started.upstream.nextCall();
      const turns = ["[[gw-fault:delay=60000]] Tell me about lighthouses"];
      const asked = driver().ask({ model: plain, turns, signal: abort.signal });
      const refused = expect(asked).rejects.toThrow();
      const call = await arrived;
      abort.abort();
      await refused;
      expect(await call.cut).toBe(true);
    });

    test.each([
      [400, "status=400", "invalid_request", "INVALID_ARGUMENT"],
      [429, "status=429;retry-after=2", "rate_limited", "RESOURCE_EXHAUSTED"],
      [503, "status=503", "overloaded", "UNAVAILABLE"],
    ] as const)("the vendor's %i raises the SDK's own error", async (status, fault, code, googleWord) => {
      for (const stream of [false, true]) {
        // What one attempt comes to, on a gateway of its own: a key that was rate-limited rests.
        await using alone = await startGateway({ maxAttempts: 1 });
        const asker = connect({ url: alone.url, apiKey: gatewayKey });
        const failure = await failureOf(asker, { model, turns: [`[[gw-fault:${fault}]]`] }, stream);
        // In the native lane the body is the vendor's own, and this SDK shows nothing else.
        const seen = vendor === "google" && driver().home === "google" ? googleWord : code;
        expect(failure).toMatchObject({ raised: driver().raises[status], status, code: seen });
        const isHinted = status === 429 && driver().home !== "google";
        expect(failure.retryAfter).toBe(isHinted ? "2" : null);
      }
    });

    test("an unknown key, model and provider raise the SDK's own errors", async () => {
      const turns = ["Hello"];
      const { raises } = driver();
      const author = model.split("/", 1)[0];
      expect(await failureOf(driver("gw_unknown"), { model, turns })).toMatchObject({
        raised: raises[401],
        status: 401,
        code: "invalid_api_key",
      });
      expect(await failureOf(driver(), { model: `no-such-${author}/x`, turns })).toMatchObject({
        raised: raises[404],
        status: 404,
        code: "model_not_found",
      });
      expect(await failureOf(driver(), { model: "no-such-model", turns })).toMatchObject({ status: 404 });
      expect(await failureOf(driver(), { model: `${author}/a"b`, turns })).toMatchObject({
        raised: raises[400],
        status: 400,
        code: "model_string_malformed",
      });
      expect(started.upstream.calls).toEqual([]);
    });

    test.each(["error=12;status=529", "cut=12"])("a stream that fails half-way (%s) raises too", async (fault) => {
      let text = "";
      const turns = [`[[gw-fault:${fault}]] Tell me about lighthouses`];
      const streamed = driver().stream({ model: plain, turns }, (piece) => {
        text += piece;
      });
      await expect(streamed).rejects.toThrow();
      expect(text).not.toBe("");
    });
  });
});

/** Tokens of the answer itself. */
function spokenTokens({ outputTokens = 0, reasoningTokens = 0 }: Answer): number {
  return outputTokens - reasoningTokens;
}

async function failureOf(driver: SdkDriver, ask: Ask, stream = false): Promise<SdkFailure> {
  try {
    await (stream ? driver.stream(ask) : driver.ask(ask));
  } catch (error) {
    return driver.failure(error);
  }
  throw new Error("nothing was raised");
}
