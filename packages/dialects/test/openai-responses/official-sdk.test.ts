import { GatewayError, type TextEvent, type TextResult, unknownUsage } from "@gw/core";
import OpenAI, { APIError, NotFoundError, RateLimitError } from "openai";
import type { Response as SDKResponse } from "openai/resources/responses/responses";
import { describe, expect, it } from "vitest";
import type { Frame } from "../../src/frame.ts";
import { openAIResponses } from "../../src/openai-responses/openai-responses.ts";
import { partEvents } from "../../src/openai-responses/part-events.ts";
import { openEnvelope } from "../../src/wire-envelope.ts";
import { context, foreignAnswer, ownAnswer } from "./answers.ts";

function client(status: number, type: string, body: string): OpenAI {
  return new OpenAI({
    apiKey: "none",
    maxRetries: 0,
    fetch: async () => new Response(body, { status, headers: { "content-type": type } }),
  });
}

const whole = (result: TextResult): OpenAI =>
  client(200, "application/json", JSON.stringify(openAIResponses.encodeResult(result, context)));

const streamed = (frames: readonly Frame[]): OpenAI =>
  client(200, "text/event-stream", frames.map(({ event, data }) => `event: ${event}\ndata: ${data}\n\n`).join(""));

const request = { model: "anthropic/claude-opus-4-6", input: "What is the weather in Paris and Rome?" };

function eventsOf(result: TextResult): TextEvent[] {
  const { id, model, content, ...ending } = result;
  return [
    { type: "response-start", id, model },
    ...content.flatMap((part, index) => partEvents(part, index)),
    { type: "response-end", ...ending },
  ];
}

function framesOf(events: readonly TextEvent[]): Frame[] {
  const encoder = openAIResponses.streamEncoder(context);
  return events.flatMap((event) => encoder.push(event));
}

describe("the official SDK", () => {
  it("reads a whole answer", async () => {
    const response = await whole(foreignAnswer).responses.create(request);
    expect(response.output_text).toBe("I look both up.");
    expect(response.status).toBe("completed");
    expect(response.id).toBe("resp_0123456789abcdefghijklmn");
    expect(response.created_at).toBe(1_795_000_000);
    expect(response.instructions).toBe("Be brief.");
    expect(response.max_output_tokens).toBe(400);
    expect(response.output.map(({ type }) => type)).toEqual([
      "reasoning",
      "message",
      "function_call",
      "reasoning",
      "function_call",
      "image_generation_call",
    ]);
    expect(response.usage).toEqual({
      input_tokens: 21,
      input_tokens_details: { cached_tokens: 8, cache_write_tokens: 0 },
      output_tokens: 34,
      output_tokens_details: { reasoning_tokens: 5 },
      total_tokens: 55,
    });
    const [reasoning, , call, signature] = response.output;
    expect(reasoning).toMatchObject({ summary: [{ type: "summary_text", text: "Two cities." }] });
    expect(reasoning?.type === "reasoning" && openEnvelope(reasoning.encrypted_content ?? "")).toEqual({
      kind: "reasoning",
      origin: "anthropic-messages",
      signature: "c2ln",
    });
    expect(call).toMatchObject({ call_id: "toolu_1", name: "weather", arguments: '{"city": "Paris"}' });
    expect(signature?.type === "reasoning" && openEnvelope(signature.encrypted_content ?? "")).toEqual({
      kind: "tool-call",
      origin: "gemini",
      toolCallId: "toolu_1",
      signature: "dGhvdWdodA==",
    });
  });

  it("reads what only this format has", async () => {
    const response = await whole(ownAnswer).responses.create(request);
    expect(response).toMatchObject({ status: "completed", service_tier: "flex", usage: null });
    const id = "0123456789abcdefghijklmn";
    expect(response.output).toEqual([
      { id: "rs_vendor", type: "reasoning", summary: [], encrypted_content: "gAAA" },
      {
        id: `msg_${id}_1`,
        type: "message",
        status: "completed",
        role: "assistant",
        phase: "final_answer",
        content: [
          {
            type: "output_text",
            text: "See here",
            annotations: [{ type: "url_citation", url: "https://x", title: "X", start_index: 0, end_index: 3 }],
            logprobs: [],
          },
        ],
      },
      { type: "web_search_call", id: "ws_1", status: "completed" },
      {
        id: `msg_${id}_3`,
        type: "message",
        status: "completed",
        role: "assistant",
        content: [{ type: "refusal", refusal: "No more" }],
      },
      {
        id: `fc_${id}_4`,
        type: "function_call",
        status: "completed",
        arguments: "{}",
        call_id: "c1",
        name: "f",
        namespace: "n",
      },
      {
        id: `msg_${id}_5`,
        type: "message",
        status: "completed",
        role: "assistant",
        content: [{ type: "output_audio", data: "d2F2", transcript: "" }],
      },
    ]);
  });

  it.each([
    ["foreign", foreignAnswer],
    ["own", ownAnswer],
  ])("puts the stream of a %s answer together to what the whole is", async (_name, answer) => {
    const stream = streamed(framesOf(eventsOf(answer))).responses.stream(request);
    const numbers: number[] = [];
    for await (const event of stream) numbers.push(event.sequence_number);
    expect(numbers).toEqual(numbers.map((_number, position) => position));
    const { output_parsed: _parsed, ...response } = await stream.finalResponse();
    const expected = await whole(answer).responses.create(request);
    expect(withoutParsed(response)).toEqual(withoutParsed(expected));
  });

  it("sees parts that come whole, and empty calls, as deltas too", () => {
    const frames = framesOf([
      { type: "response-start", id: null, model: null },
      { type: "part", index: 0, part: { type: "text", text: "Hi" } },
      { type: "tool-call-start", index: 1, id: "c1", name: "f" },
      { type: "tool-call-end", index: 1 },
    ]);
    const deltas = frames.map(({ data }) => JSON.parse(data).delta).filter((delta) => delta !== undefined);
    expect(deltas).toEqual(["Hi", "{}"]);
  });

  it("gets annotations as they come, and log probabilities with the text", async () => {
    const logprobs = { content: [{ token: "Hi", logprob: -0.5 }] };
    const events = eventsOf({ ...ownAnswer, content: [{ type: "text", text: "Hi" }] }).map((event) =>
      event.type === "text-delta" ? { ...event, logprobs } : event,
    );
    const counted = await streamed(framesOf(events)).responses.stream(request).finalResponse();
    const known = { ...ownAnswer, content: [{ type: "text", text: "Hi" } as const], logprobs };
    const response = await whole(known).responses.create(request);
    for (const { output } of [counted, response])
      expect(output).toMatchObject([{ content: [{ text: "Hi", logprobs: [{ token: "Hi", logprob: -0.5 }] }] }]);
    const types = framesOf(eventsOf(ownAnswer)).map(({ event }) => event);
    expect(types).toContain("response.output_text.annotation.added");
  });

  it("follows parts that overlap, from their deltas alone", async () => {
    const frames = framesOf([
      { type: "response-start", id: "x", model: "m" },
      { type: "tool-call-start", index: 0, id: "call_a", name: "one" },
      { type: "tool-call-start", index: 1, id: "call_b", name: "two" },
      { type: "text-start", index: 2 },
      { type: "tool-call-delta", index: 1, arguments: '{"b":' },
      { type: "text-delta", index: 2, text: "Both " },
      { type: "tool-call-delta", index: 0, arguments: '{"a":1}' },
      { type: "refusal-start", index: 3 },
      { type: "refusal-delta", index: 3, text: "Not that." },
      { type: "text-delta", index: 2, text: "at once." },
      { type: "tool-call-delta", index: 1, arguments: "2}" },
      { type: "tool-call-end", index: 1 },
      { type: "refusal-end", index: 3 },
      { type: "text-end", index: 2 },
      { type: "tool-call-end", index: 0 },
      {
        type: "response-end",
        finishReason: "tool_calls",
        rawFinishReason: null,
        stopSequence: null,
        usage: unknownUsage,
      },
    ]);
    const snapshots: string[] = [];
    const stream = streamed(frames).responses.stream(request);
    stream.on("response.output_text.delta", ({ snapshot }) => snapshots.push(snapshot));
    stream.on("response.function_call_arguments.delta", ({ snapshot }) => snapshots.push(snapshot));
    const response = await stream.finalResponse();
    expect(snapshots).toEqual(['{"b":', "Both ", '{"a":1}', "Both at once.", '{"b":2}']);
    expect(response.output).toMatchObject([
      { type: "function_call", call_id: "call_a", arguments: '{"a":1}', status: "completed" },
      { type: "function_call", call_id: "call_b", arguments: '{"b":2}', status: "completed" },
      { type: "message", content: [{ type: "output_text", text: "Both at once." }] },
      { type: "message", content: [{ type: "refusal", refusal: "Not that." }] },
    ]);
    expect(response.usage).toBeNull();
  });

  it.each([
    ["length", "incomplete", "max_output_tokens"],
    ["context_full", "incomplete", "max_output_tokens"],
    ["content_filter", "incomplete", "content_filter"],
    ["stop_sequence", "completed", null],
  ] as const)("sees %s as %s", async (finishReason, status, reason) => {
    const result = { ...foreignAnswer, content: [], finishReason };
    for (const response of [
      await whole(result).responses.create(request),
      await streamed(framesOf(eventsOf(result)))
        .responses.stream(request)
        .finalResponse(),
    ]) {
      expect(response.status).toBe(status);
      expect(response.incomplete_details?.reason ?? null).toBe(reason);
    }
  });

  it("raises its own errors", async () => {
    const error = (code: "rate_limited" | "model_not_found"): [number, string] => {
      const failure = new GatewayError(code, "No.", { param: "model" });
      return [failure.httpStatus, JSON.stringify(openAIResponses.encodeError(failure, "req_1"))];
    };
    const [limited, limitedBody] = error("rate_limited");
    const raised = await client(limited, "application/json", limitedBody)
      .responses.create(request)
      .catch((e) => e);
    expect(raised).toBeInstanceOf(RateLimitError);
    expect(raised).toMatchObject({ code: "rate_limited", param: "model" });
    const [missing, missingBody] = error("model_not_found");
    const absent = await client(missing, "application/json", missingBody)
      .responses.create(request)
      .catch((e) => e);
    expect(absent).toBeInstanceOf(NotFoundError);
    expect(absent).toMatchObject({ code: "model_not_found" });
  });

  it("raises an error inside a stream", async () => {
    const failure = new GatewayError("stream_truncated", "It ended early");
    const frames = [...framesOf(eventsOf(foreignAnswer).slice(0, 4)), ...openAIResponses.errorFrames(failure, "req_1")];
    const stream = await streamed(frames).responses.create({ ...request, stream: true });
    const types: string[] = [];
    const raised = await (async () => {
      for await (const event of stream) types.push(event.type);
    })().catch((error) => error);
    expect(types.at(-1)).toBe("response.output_item.done");
    expect(raised).toBeInstanceOf(APIError);
    expect(raised).toMatchObject({ code: "stream_truncated", error: { partial: true, request_id: "req_1" } });
    expect(JSON.parse(frames.at(-1)?.data ?? "")).toMatchObject({
      type: "error",
      code: "stream_truncated",
      partial: true,
    });
  });
});

/** The stream helper adds the parsed form of texts and arguments. */
function withoutParsed(response: Partial<SDKResponse>): unknown {
  return JSON.parse(JSON.stringify(response), (key, value) =>
    key === "parsed" || key === "parsed_arguments" ? undefined : value,
  );
}
