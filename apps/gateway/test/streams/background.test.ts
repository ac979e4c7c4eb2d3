import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exchange } from "./exchange.ts";
import type { VendorCall } from "./scripted-vendor.ts";
import { adminKey, chatEvents, type StreamGateway, startStreamGateway } from "./stream-gateway.ts";

const eventStream = { "content-type": "text/event-stream" };

let gw: StreamGateway;
let client: OpenAI;
let finish: () => void;
beforeAll(async () => {
  gw = await startStreamGateway({ disconnectGraceMs: 20, maxAttempts: 1 });
  client = new OpenAI({ apiKey: adminKey, baseURL: `${gw.url}/v1`, maxRetries: 0 });
});
afterAll(() => gw.close());

/** The same two words from vendors of each kind; the second when it is let. */
const vendors: Readonly<Record<string, readonly [begin: string, end: string]>> = {
  "house/m": [chatEvents(["one "], null).join(""), chatEvents(["two"]).join("")],
  "anthropic/m": [
    sse("message_start", {
      message: {
        id: "msg_1",
        model: "m",
        role: "assistant",
        content: [],
        usage: { input_tokens: 3, output_tokens: 1 },
      },
    }) +
      sse("content_block_start", { index: 0, content_block: { type: "text", text: "" } }) +
      sse("content_block_delta", { index: 0, delta: { type: "text_delta", text: "one " } }),
    sse("content_block_delta", { index: 0, delta: { type: "text_delta", text: "two" } }) +
      sse("content_block_stop", { index: 0 }) +
      sse("message_delta", { delta: { stop_reason: "end_turn" }, usage: { output_tokens: 2 } }) +
      sse("message_stop", {}),
  ],
  "google/m": [gemini("one "), gemini("two", "STOP")],
  "openai/m": [
    sse("response.created", { sequence_number: 0, response: response("in_progress") }) +
      sse("response.output_text.delta", {
        sequence_number: 1,
        item_id: "msg_1",
        output_index: 0,
        content_index: 0,
        delta: "one ",
      }),
    sse("response.output_text.delta", {
      sequence_number: 2,
      item_id: "msg_1",
      output_index: 0,
      content_index: 0,
      delta: "two",
    }) + sse("response.completed", { sequence_number: 3, response: response("completed", "one two") }),
  ],
};

function sse(type: string, fields: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

function gemini(text: string, finishReason?: string): string {
  const candidate = { content: { role: "model", parts: [{ text }] }, index: 0, ...(finishReason && { finishReason }) };
  return `data: ${JSON.stringify({ candidates: [candidate], usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 2, totalTokenCount: 5 } })}\r\n\r\n`;
}

function response(status: string, text?: string): object {
  const content = [{ type: "output_text", text, annotations: [] }];
  const output = text === undefined ? [] : [{ type: "message", id: "msg_1", role: "assistant", status, content }];
  return {
    id: "resp_of_the_vendor",
    object: "response",
    created_at: 1,
    model: "m",
    status,
    output,
    error: null,
    usage: null,
  };
}

function hold(model: string): void {
  const [begin, end] = vendors[model] ?? ["", ""];
  gw.vendor.answers((call: VendorCall) => {
    call.response.writeHead(200, eventStream).write(begin);
    finish = () => call.response.end(end);
  });
}

const asked = async (): Promise<void> => expect.poll(() => gw.vendor.calls.length).toBe(1);

describe.each(Object.keys(vendors))("a response in the background, of %s", (model) => {
  it("is answered at once, goes on alone, and is there whole in the end", async () => {
    hold(model);
    const begun = await client.responses.create({ model, input: "Say something.", background: true });
    expect(begun).toMatchObject({ object: "response", status: "in_progress", background: true, output: [] });
    expect(begun.id).toMatch(/^resp_[0-9a-f]{32}$/);
    await asked();
    // Longer than a stream may be without a reader.
    await new Promise((resolve) => setTimeout(resolve, 80));
    const running = await client.responses.retrieve(begun.id);
    expect([running.id, running.status, running.background]).toEqual([begun.id, "in_progress", true]);
    finish();
    await expect.poll(async () => (await client.responses.retrieve(begun.id)).status).toBe("completed");
    const done = await client.responses.retrieve(begun.id);
    expect([done.id, done.output_text, done.background]).toEqual([begun.id, "one two", true]);
    expect(gw.vendor.calls).toHaveLength(1);
    expect(JSON.parse(gw.vendor.calls[0]?.body ?? "")).not.toHaveProperty("background");
  });

  it("is followed from the start or from the middle", async () => {
    hold(model);
    const events: OpenAI.Responses.ResponseStreamEvent[] = [];
    const stream = await client.responses.create({ model, input: "Say something.", background: true, stream: true });
    for await (const event of stream) {
      events.push(event);
      if (event.type === "response.output_text.delta") break;
    }
    const [created] = events;
    const id = created?.type === "response.created" ? created.response.id : "";
    expect(id).toMatch(/^resp_[0-9a-f]{32}$/);
    const rest = await client.responses.retrieve(id, {
      stream: true,
      starting_after: events.at(-1)?.sequence_number as number,
    });
    finish();
    for await (const event of rest) events.push(event);
    expect(events.map(({ sequence_number: number }) => number)).toEqual(events.map((_event, index) => index));
    const last = events.at(-1);
    expect(last?.type === "response.completed" && last.response.id).toBe(id);
  });

  it("is cancelled", async () => {
    hold(model);
    const { id } = await client.responses.create({ model, input: "Say something.", background: true });
    await asked();
    const cancelled = await client.responses.cancel(id);
    expect([cancelled.id, cancelled.status, cancelled.error]).toEqual([id, "cancelled", null]);
    expect(await gw.vendor.calls[0]?.cut).toBe(true);
    expect((await client.responses.retrieve(id)).status).toBe("cancelled");
  });

  it("is what the next call goes on from, with a vendor of another kind", async () => {
    hold(model);
    const { id } = await client.responses.create({ model, input: "A question.", background: true });
    await asked();
    finish();
    await expect.poll(async () => (await client.responses.retrieve(id)).status).toBe("completed");
    hold("house/m");
    const next = client.responses.create({
      model: "house/m",
      input: "And then?",
      previous_response_id: id,
      stream: true,
    });
    await asked();
    finish();
    for await (const _event of await next);
    const { messages } = JSON.parse(gw.vendor.calls[0]?.body ?? "") as {
      messages: { role: string; content: unknown }[];
    };
    expect(messages.map(({ role, content }) => [role, textOf(content)])).toEqual([
      ["user", "A question."],
      ["assistant", "one two"],
      ["user", "And then?"],
    ]);
  });
});

function textOf(content: unknown): unknown {
  return Array.isArray(content) ? content.map((part: { text?: string }) => part.text).join("") : content;
}

describe("a response in the background", () => {
  it("that fails says so when it is asked for", async () => {
    gw.vendor.answers(({ response: reply }) => void reply.writeHead(500).end("{}"));
    const { id, status } = await client.responses.create({
      model: "house/m",
      input: "Say something.",
      background: true,
    });
    expect(status).toBe("in_progress");
    await expect.poll(async () => (await client.responses.retrieve(id)).status).toBe("failed");
    expect((await client.responses.retrieve(id)).error?.code).toBe("upstream_failed");
  });

  it("is another's no business, is made once for its key, and needs to be kept", async () => {
    hold("house/m");
    const body = { model: "house/m", input: "Say something.", background: true };
    const headers = { "idempotency-key": "background" };
    const first = await gw.ask("/v1/responses", { body, headers });
    const again = await gw.ask("/v1/responses", { body, headers });
    const { id } = JSON.parse(first.text) as { id: string };
    expect(JSON.parse(again.text)).toMatchObject({ id, status: "in_progress" });
    expect(again.headers["content-type"]).toBe("application/json");
    await asked();
    const other = await gw.newKey();
    expect((await gw.ask(`/v1/responses/${id}`, { headers: other })).status).toBe(404);
    finish();
    const refused = await gw.ask("/v1/responses", { body, headers: { "gw-stream-retain-s": "0" } });
    expect([refused.status, refused.headers["gw-error"]]).toEqual([400, "invalid_request"]);
    const unknown = await gw.ask("/v1/responses", { body: { ...body, model: "nobody/m" } });
    expect(unknown.status).toBe(404);
    expect((await exchange(`${gw.url}/v1/responses/${id}`)).status).toBe(401);
  });
});

describe("previous_response_id", () => {
  const whole = JSON.stringify({
    id: "c",
    object: "chat.completion",
    created: 1,
    model: "m",
    choices: [{ index: 0, message: { role: "assistant", content: "An answer." }, finish_reason: "stop" }],
  });
  const answerWhole = ({ response: reply }: VendorCall): void => {
    reply.writeHead(200, { "content-type": "application/json" }).end(whole);
  };
  const said = (): [string, unknown][] => {
    const { messages } = JSON.parse(gw.vendor.calls.at(-1)?.body ?? "") as {
      messages: { role: string; content: unknown }[];
    };
    return messages.map(({ role, content }) => [role, textOf(content)]);
  };

  it("of whole answers makes a conversation, turn by turn, and does not bring instructions along", async () => {
    gw.vendor.answers(answerWhole);
    let previous: string | null = null;
    for (const input of ["One?", "Two?", "Three?"]) {
      const answer: OpenAI.Responses.Response = await client.responses.create({
        model: "house/m",
        input,
        ...(previous === null ? { instructions: "Be brief." } : { previous_response_id: previous }),
      });
      previous = answer.id;
    }
    expect(said()).toEqual([
      ["user", "One?"],
      ["assistant", "An answer."],
      ["user", "Two?"],
      ["assistant", "An answer."],
      ["user", "Three?"],
    ]);
  });

  it("is refused for what was not to be stored, and for what still runs", async () => {
    gw.vendor.answers(answerWhole);
    const { id } = await client.responses.create({ model: "house/m", input: "One?", store: false });
    const body = { model: "house/m", input: "Two?" };
    // Nothing is kept: the id is not known here, and no other vendor can know it.
    const unknown = await gw.ask("/v1/responses", { body: { ...body, previous_response_id: id } });
    expect([unknown.status, unknown.headers["gw-error"]]).toEqual([400, "unsupported_capability"]);
    hold("house/m");
    const running = await client.responses.create({ model: "house/m", input: "One?", background: true });
    await asked();
    const early = await gw.ask("/v1/responses", { body: { ...body, previous_response_id: running.id } });
    expect([early.status, early.headers["gw-error"]]).toEqual([400, "invalid_request"]);
    finish();
  });

  it("that is not ours goes to its vendor as it is, and to another vendor not at all", async () => {
    gw.vendor.answers(({ response: reply }) => {
      reply.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(response("completed", "Yes.")));
    });
    await client.responses.create({ model: "openai/m", input: "And?", previous_response_id: "resp_elsewhere" });
    expect(JSON.parse(gw.vendor.calls[0]?.body ?? "")).toMatchObject({
      input: "And?",
      previous_response_id: "resp_elsewhere",
    });
    for (const model of ["house/m", "anthropic/m", "google/m"]) {
      const body = { model, input: "And?", previous_response_id: "resp_elsewhere" };
      const answer = await gw.ask("/v1/responses", { body });
      expect([model, answer.status, answer.headers["gw-error"]]).toEqual([model, 400, "unsupported_capability"]);
    }
    expect(gw.vendor.calls).toHaveLength(1);
  });

  it("of the vendor's own answer goes back to that vendor, and the conversation to another one", async () => {
    const own = JSON.stringify(response("completed", "one two"));
    gw.vendor.answers((call) => {
      if (!call.path.endsWith("/responses")) return answerWhole(call);
      const isFirst = gw.vendor.calls.length === 1;
      call.response.writeHead(isFirst ? 200 : 503, { "content-type": "application/json" }).end(isFirst ? own : "{}");
    });
    const { id } = await client.responses.create({ model: "openai/m", input: "One?" });
    const body = { model: "openai/m", fallbacks: ["house/m"], input: "Two?", previous_response_id: id };
    const answer = await gw.ask("/v1/responses", { body, headers: { "gw-max-attempts": "2" } });
    expect([answer.status, answer.headers["gw-provider"]]).toEqual([200, "house"]);
    expect(JSON.parse(gw.vendor.calls[1]?.body ?? "")).toMatchObject({ input: "Two?", previous_response_id: id });
    expect(said()).toEqual([
      ["user", "One?"],
      ["assistant", "one two"],
      ["user", "Two?"],
    ]);
  });

  it("of the vendor's own answer is still that vendor's when it is kept here no longer", async () => {
    const own = { ...response("completed", "one two"), id: "resp_kept_for_a_second" };
    gw.vendor.answers(({ response: reply }) => {
      reply.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(own));
    });
    const body = { model: "openai/m", input: "One?" };
    await gw.ask("/v1/responses", { body, headers: { "gw-stream-retain-s": "1" } });
    await expect.poll(async () => (await gw.ask(`/v1/responses/${own.id}`)).status, { timeout: 5_000 }).toBe(410);
    const next = { ...body, input: "Two?", previous_response_id: own.id };
    const elsewhere = await gw.ask("/v1/responses", { body: { ...next, model: "house/m" } });
    expect([elsewhere.status, elsewhere.headers["gw-error"]]).toEqual([400, "unsupported_capability"]);
    expect((await gw.ask("/v1/responses", { body: next })).status).toBe(200);
    expect(JSON.parse(gw.vendor.calls[1]?.body ?? "")).toMatchObject({ input: "Two?", previous_response_id: own.id });
  });

  it("of another key is not ours", async () => {
    gw.vendor.answers(answerWhole);
    const { id } = await client.responses.create({ model: "house/m", input: "A secret." });
    const body = { model: "house/m", input: "And?", previous_response_id: id };
    const answer = await gw.ask("/v1/responses", { body, headers: await gw.newKey() });
    expect([answer.status, answer.headers["gw-error"]]).toEqual([400, "unsupported_capability"]);
  });

  it("is known after a restart", async () => {
    gw.vendor.answers(answerWhole);
    const before = await startStreamGateway({}, { vendor: gw.vendor });
    const first = await before.ask("/v1/responses", { body: { model: "house/m", input: "One?" } });
    await before.close();
    await using after = await startStreamGateway({}, { vendor: gw.vendor, dataDirectory: before.dataDirectory });
    const { id } = JSON.parse(first.text) as { id: string };
    expect(JSON.parse((await after.ask(`/v1/responses/${id}`)).text)).toEqual(JSON.parse(first.text));
    await after.ask("/v1/responses", { body: { model: "house/m", input: "Two?", previous_response_id: id } });
    expect(said()).toEqual([
      ["user", "One?"],
      ["assistant", "An answer."],
      ["user", "Two?"],
    ]);
  });
});
