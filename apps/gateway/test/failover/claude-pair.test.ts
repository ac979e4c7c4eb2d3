import { readFileSync } from "node:fs";
import Anthropic from "@anthropic-ai/sdk";
import { type ReceivedRequest, type ScriptedReply, splitFrames, startUpstream } from "@gw/provider-testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { adminKey, type RunningGateway, startGateway } from "../robustness/running-gateway.ts";

const binary = "application/vnd.amazon.eventstream";
const framesOf = (file: string): readonly Uint8Array[] =>
  splitFrames(
    readFileSync(
      new URL(`../../../../packages/provider-bedrock/test/wire/messages-${file}.eventstream`, import.meta.url),
    ),
    binary,
  );
/** It thinks, and calls a tool: the first blocks of one recording and the last ones of another. */
const thinksAndCalls = [...framesOf("reasoning").slice(0, 6), ...framesOf("tools-parallel").slice(6)];
const signature = "c2lnbmF0dXJlLTI=";
const speaks = framesOf("text");

/** The same stream by either vendor. */
const fromBedrock = (frames: readonly Uint8Array[]): ScriptedReply => ({
  headers: { "content-type": binary },
  body: Buffer.concat(frames),
});
const fromAnthropic = (frames: readonly Uint8Array[]): ScriptedReply => ({
  headers: { "content-type": "text/event-stream" },
  body: frames.map(eventOf).join(""),
});

function eventOf(bytes: Uint8Array): string {
  const frame = Buffer.from(bytes);
  const payload = JSON.parse(frame.subarray(12 + frame.readUInt32BE(4), -4).toString());
  const { "amazon-bedrock-invocationMetrics": _metrics, ...event } = JSON.parse(
    Buffer.from(payload.bytes, "base64").toString(),
  );
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

const overloaded: ScriptedReply = {
  status: 529,
  body: '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
};
const unavailable: ScriptedReply = { status: 503, body: '{"message":"Bedrock is unable to process your request."}' };

interface Asked {
  readonly messages: readonly { readonly role: string; readonly content: readonly object[] | string }[];
}

/** Whether it is what these vendors refuse: with thinking on, a turn that called a tool has to begin with its signed thought. */
function isRefused(request: ReceivedRequest): boolean {
  const turns = (request.json() as unknown as Asked).messages.filter(({ role }) => role === "assistant");
  return turns.some(({ content }) => {
    const [first] = content as readonly { type: string; signature?: string }[];
    return first?.type !== "thinking" || first.signature !== signature;
  });
}

const refusal: ScriptedReply = {
  status: 400,
  body: '{"type":"error","error":{"type":"invalid_request_error","message":"Expected `thinking`"}}',
};

let ill: "anthropic" | "bedrock" | null = null;
/** Who answered. */
const answered: string[] = [];
let upstreams: Awaited<ReturnType<typeof startUpstream>>[];
let gw: RunningGateway;

beforeAll(async () => {
  const vendor = (name: "anthropic" | "bedrock", failure: ScriptedReply, reply: typeof fromBedrock) =>
    startUpstream((request) => {
      if (ill === name) return failure;
      if (isRefused(request)) return refusal;
      answered.push(name);
      const { messages } = request.json() as unknown as Asked;
      return reply(messages.length < 5 ? thinksAndCalls : speaks);
    });
  upstreams = await Promise.all([
    vendor("anthropic", overloaded, fromAnthropic),
    vendor("bedrock", unavailable, fromBedrock),
  ]);
  const [anthropic, bedrock] = upstreams.map(({ url }) => url);
  gw = await startGateway({
    providers: {
      anthropic: { apiKey: "k", baseUrl: anthropic },
      bedrock: { apiKey: "k", baseUrl: bedrock, region: "us-east-1" },
    },
  });
});

beforeEach(() => {
  answered.length = 0;
  ill = null;
});

afterAll(async () => {
  await gw.close();
  await Promise.all(upstreams.map((upstream) => upstream.close()));
});

describe("Claude, by the official SDK, streamed, with tools and thinking", () => {
  it.each([
    ["claude-opus-4-6", "anthropic", "bedrock"],
    ["anthropic/claude-opus-4-6", "anthropic", "bedrock"],
    ["bedrock/global.anthropic.claude-opus-4-6-v1", "bedrock", "anthropic"],
  ] as const)("%s goes from %s to %s and back within a session", async (model, first, second) => {
    const client = new Anthropic({ baseURL: gw.url, apiKey: adminKey, authToken: null, maxRetries: 0 });
    const tools = [{ name: "weather", input_schema: { type: "object" as const, properties: {} } }];
    const messages: Anthropic.MessageParam[] = [{ role: "user", content: "The weather in Rome?" }];
    const ask = async () => {
      const thinking = { type: "adaptive" as const };
      const stream = client.messages.stream({ model, max_tokens: 2_000, messages, tools, thinking });
      const { content } = await stream.finalMessage();
      messages.push({ role: "assistant", content });
      const use = content.find((block) => block.type === "tool_use");
      if (use === undefined) return content;
      messages.push({ role: "user", content: [{ type: "tool_result", tool_use_id: use.id, content: "mild" }] });
      return content;
    };
    const thought = { type: "thinking", thinking: "Let me see.", signature };
    const used = { type: "tool_use", name: "weather", input: { city: "Rome" } };
    expect(await ask()).toMatchObject([thought, used]);
    ill = first;
    expect(await ask()).toMatchObject([thought, used]);
    ill = null;
    expect(await ask()).toMatchObject([{ type: "text", text: "Grüße! 你好 👋" }]);
    expect(answered).toEqual([first, second, first]);

    const [anthropic, bedrock] = upstreams.map(({ requests }) => requests.at(-1));
    expect(anthropic?.path).toBe("/v1/messages");
    expect(anthropic?.json()).toMatchObject({ model: "claude-opus-4-6", stream: true });
    expect(bedrock?.path).toBe("/model/global.anthropic.claude-opus-4-6-v1/invoke-with-response-stream");
    expect(bedrock?.json()).toMatchObject({ anthropic_version: "bedrock-2023-05-31" });
    expect(bedrock?.json()).not.toHaveProperty("model");
  });
});
