import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type JsonObject, TextCollector, type TextRequest, type TextResult } from "@gw/core";
import { assertEventGrammar } from "@gw/provider-testkit";
import { describe, expect, test } from "vitest";
import { converse } from "../src/converse/converse.ts";
import { connect } from "./connect.ts";
import { readRecordings, skipReason } from "./recordings.ts";

// biome-ignore lint/suspicious/noExplicitAny: recorded JSON, read by field access alone as a second opinion
type Raw = any;

const request = (model: string): TextRequest => ({
  model,
  messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }],
});

/** The words, calls, end and counts of an answer. */
const said = (result: TextResult) => ({
  text: result.content.map((part) => (part.type === "text" ? part.text : "")).join(""),
  reasoning: result.content.map((part) => (part.type === "reasoning" ? part.text : "")).join(""),
  calls: result.content.flatMap((part) =>
    part.type === "tool-call" ? [{ id: part.id, name: part.name, input: JSON.parse(part.arguments) }] : [],
  ),
  stopReason: result.rawFinishReason,
  input: result.usage.inputTokens,
  output: result.usage.outputTokens,
});

const counts = (usage: Raw) => ({
  input: usage ? usage.inputTokens + (usage.cacheReadInputTokens ?? 0) + (usage.cacheWriteInputTokens ?? 0) : null,
  output: usage?.outputTokens ?? null,
});

function saidWhole(body: Raw) {
  const blocks: Raw[] = body.output.message.content;
  return {
    text: blocks.map(({ text, citationsContent }) => text ?? citationsContent?.content[0].text ?? "").join(""),
    reasoning: blocks.map(({ reasoningContent }) => reasoningContent?.reasoningText?.text ?? "").join(""),
    calls: blocks.flatMap(({ toolUse: use }) => (use ? [{ id: use.toolUseId, name: use.name, input: use.input }] : [])),
    stopReason: body.stopReason,
    ...counts(body.usage),
  };
}

function saidStream(events: readonly { type: string; payload: Raw }[]) {
  const deltas = events.filter(({ type }) => type === "contentBlockDelta").map(({ payload }) => payload);
  const starts = events.filter(({ type, payload }) => type === "contentBlockStart" && payload.start?.toolUse);
  const inputOf = (index: number) =>
    deltas.map(({ contentBlockIndex: at, delta }) => (at === index ? (delta.toolUse?.input ?? "") : "")).join("");
  return {
    text: deltas.map(({ delta }) => delta.text ?? "").join(""),
    reasoning: deltas.map(({ delta }) => delta.reasoningContent?.text ?? "").join(""),
    calls: starts.map(({ payload: { contentBlockIndex, start } }) => ({
      id: start.toolUse.toolUseId,
      name: start.toolUse.name,
      input: JSON.parse(inputOf(contentBlockIndex) || "{}"),
    })),
    stopReason: events.find(({ type }) => type === "messageStop")?.payload.stopReason,
    ...counts(events.find(({ type }) => type === "metadata")?.payload.usage),
  };
}

describe.skipIf(skipReason !== "")(`recorded exchanges${skipReason}`, () => {
  const recordings = readRecordings(["converse"]).map((recording) => [recording.file, recording] as const);
  test("are there", () => expect(recordings.length).toBeGreaterThan(20));
  test.each(recordings)("%s", async (_file, { status, headers, bytes, events, model, path }) => {
    const { provider, sent } = connect({ status, headers, pieces: [bytes] }, { api: "converse" });
    const stream = path.endsWith("-stream");
    const collector = new TextCollector();
    const outcome = (async () => {
      if (!stream) return provider.text.generate(request(model));
      const read = [];
      for await (const event of provider.text.stream(request(model))) read.push(event);
      assertEventGrammar(read);
      for (const event of read) collector.push(event);
      return collector.result();
    })();
    if (status !== 200) {
      await expect(outcome).rejects.toMatchObject({ httpStatus: status, requestId: headers["x-amzn-requestid"] });
    } else {
      expect(said(await outcome)).toEqual(
        events === null
          ? saidWhole(JSON.parse(bytes.toString()))
          : saidStream(events.map(({ headers, payload }) => ({ type: headers[":event-type"] ?? "", payload }))),
      );
    }
    expect(decodeURIComponent(new URL(sent[0]?.url ?? "").pathname)).toBe(decodeURIComponent(path));
  });
});

const published = join(import.meta.dirname, "../../../../shared/recordings-raw/vercel-ai/amazon-bedrock");
const publishedReason = existsSync(published) ? "" : " (skipped: no published replies beside the repository)";

describe.skipIf(publishedReason !== "")(`replies that another project tests with${publishedReason}`, () => {
  const files =
    publishedReason === "" ? readdirSync(published).filter((file) => file.startsWith("amazon-bedrock-")) : [];
  test.each(files.filter((file) => file.endsWith(".json")))("%s", (file) => {
    const body = JSON.parse(readFileSync(join(published, file), "utf8")) as JsonObject;
    expect(said(converse.decodeResult(body))).toEqual(saidWhole(body));
  });
  test.each(files.filter((file) => file.endsWith(".chunks.txt")))("%s", (file) => {
    const events = readFileSync(join(published, file), "utf8")
      .trim()
      .split("\n")
      .map((line) => Object.entries(JSON.parse(line) as Record<string, Raw>)[0] as [string, Raw])
      .map(([type, payload]) => ({ type, payload }));
    const decoder = converse.streamDecoder();
    const read = events.flatMap(({ type, payload }) => decoder.push({ event: type, data: JSON.stringify(payload) }));
    read.push(...decoder.end());
    assertEventGrammar(read);
    const collector = new TextCollector();
    for (const event of read) collector.push(event);
    expect(said(collector.result())).toEqual(saidStream(events));
  });
});

describe("blocks that are rarely seen", () => {
  const decode = (...events: readonly (readonly [string, object])[]) => {
    const decoder = converse.streamDecoder();
    const collector = new TextCollector();
    const ending = ["messageStop", { stopReason: "end_turn" }] as const;
    for (const [event, payload] of [...events, ending]) {
      for (const one of decoder.push({ event, data: JSON.stringify(payload) })) collector.push(one);
    }
    for (const one of decoder.end()) collector.push(one);
    return collector.result();
  };
  const start = (start: object) => ["contentBlockStart", { contentBlockIndex: 0, start }] as const;
  const delta = (delta: object) => ["contentBlockDelta", { contentBlockIndex: 0, delta }] as const;
  const origin = "bedrock-converse";

  test.each<[string, TextResult["content"], readonly (readonly [string, object])[]]>([
    [
      "sealed reasoning",
      [{ type: "reasoning", text: "", origin, sealed: "c2VhbGVk" }],
      [delta({ reasoningContent: { redactedContent: "c2VhbGVk" } })],
    ],
    [
      "reasoning whose text is hidden",
      [{ type: "reasoning", text: "", origin, signature: "s" }],
      [delta({ reasoningContent: { text: "" } }), delta({ reasoningContent: { signature: "s" } })],
    ],
    [
      "a cited text",
      [{ type: "text", text: "In 1993.", providerOptions: { [origin]: { citations: [{ title: "facts" }] } } }],
      [delta({ citation: { title: "facts" } }), delta({ text: "In 1993." })],
    ],
    [
      "an image",
      [{ type: "image", source: { type: "base64", mediaType: "image/png", data: "aaaabbbb" } }],
      [
        start({ image: { format: "png" } }),
        delta({ image: { source: { bytes: "aaaa" } } }),
        delta({ image: { source: { bytes: "bbbb" } } }),
      ],
    ],
    [
      "a tool that the vendor runs",
      [
        {
          type: "opaque",
          origin,
          value: { toolUse: { toolUseId: "t", name: "nova_grounding", type: "server_tool_use", input: { q: 1 } } },
        },
      ],
      [
        start({ toolUse: { toolUseId: "t", name: "nova_grounding", type: "server_tool_use" } }),
        delta({ toolUse: { input: '{"q"' } }),
        delta({ toolUse: { input: ":1}" } }),
      ],
    ],
    [
      "what such a tool gave",
      [{ type: "opaque", origin, value: { toolResult: { toolUseId: "t", content: [{ text: "a" }, { text: "b" }] } } }],
      [
        start({ toolResult: { toolUseId: "t" } }),
        delta({ toolResult: [{ text: "a" }] }),
        delta({ toolResult: [{ text: "b" }] }),
      ],
    ],
    [
      "a kind that is not known",
      [
        {
          type: "opaque",
          origin: "bedrock-converse-stream",
          value: { begin: { hologram: 1 }, pieces: [{ hologram: 2 }] },
        },
      ],
      [start({ hologram: 1 }), delta({ hologram: 2 })],
    ],
    [
      "a call without input",
      [{ type: "tool-call", id: "t", name: "now", arguments: "{}" }],
      [start({ toolUse: { toolUseId: "t", name: "now" } })],
    ],
    ["a text that is empty", [], [delta({ text: "" }), delta({})]],
  ])("%s", (_what, content, events) => {
    expect(decode(...events).content).toEqual(content);
  });

  test("an answer that holds calls waits for their results, whatever its stop reason", () => {
    const { finishReason, rawFinishReason } = decode(start({ toolUse: { toolUseId: "t", name: "now" } }));
    expect([finishReason, rawFinishReason]).toEqual(["tool_calls", "end_turn"]);
  });

  test("nothing follows the end", () => {
    const decoder = converse.streamDecoder();
    const push = (event: string, payload: object) => decoder.push({ event, data: JSON.stringify(payload) });
    push("messageStop", { stopReason: "end_turn" });
    expect(push("metadata", { usage: { inputTokens: 1, outputTokens: 2 } }).map(({ type }) => type)).toEqual([
      "response-start",
      "response-end",
    ]);
    expect([
      push("metadata", { usage: {} }),
      push("contentBlockDelta", { delta: { text: "a" } }),
      decoder.end(),
    ]).toEqual([[], [], []]);
  });

  test.each([
    ["end_turn", "stop"],
    ["stop_sequence", "stop_sequence"],
    ["max_tokens", "length"],
    ["tool_use", "tool_calls"],
    ["guardrail_intervened", "content_filter"],
    ["content_filtered", "content_filter"],
    ["model_context_window_exceeded", "context_full"],
    ["malformed_tool_use", "error"],
    ["malformed_model_output", "error"],
    ["something_new", "error"],
  ])("the stop reason %s is %s", (stopReason, finishReason) => {
    const body = { output: { message: { role: "assistant", content: [] } }, stopReason };
    expect(converse.decodeResult(body)).toMatchObject({ finishReason, rawFinishReason: stopReason });
  });
});
