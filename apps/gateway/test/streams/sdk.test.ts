import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { named, ofText, recordings, skipReason } from "../recordings/corpus.ts";
import { inPieces, type VendorCall } from "./scripted-vendor.ts";
import { adminKey, chatEvents, type StreamGateway, startStreamGateway } from "./stream-gateway.ts";

type Event = OpenAI.Responses.ResponseStreamEvent;

const eventStream = { "content-type": "text/event-stream" };
const texts = ["one ", "two ", "three ", "four"];

let gw: StreamGateway;
let client: OpenAI;
beforeAll(async () => {
  gw = await startStreamGateway();
  client = new OpenAI({ apiKey: adminKey, baseURL: `${gw.url}/v1`, maxRetries: 0 });
});
afterAll(() => gw.close());

const ask = { input: "Say something.", stream: true } as const;

/** Reads the first events of a stream, and goes. */
async function begin(model: string, count: number): Promise<{ readonly id: string; readonly events: Event[] }> {
  const events: Event[] = [];
  for await (const event of await client.responses.create({ ...ask, model })) {
    events.push(event);
    if (events.length === count) break;
  }
  const [created] = events;
  return { id: created?.type === "response.created" ? created.response.id : "", events };
}

async function readOn(id: string, startingAfter?: number): Promise<Event[]> {
  const events: Event[] = [];
  const query = { stream: true, ...(startingAfter !== undefined && { starting_after: startingAfter }) } as const;
  for await (const event of await client.responses.retrieve(id, query)) events.push(event);
  return events;
}

/** Words of which the last ones come when they are let. */
function held(): { readonly script: (call: VendorCall) => void; readonly finish: () => void } {
  let rest = (): void => {};
  return {
    script: ({ response }) => {
      response.writeHead(200, eventStream).write(chatEvents(texts.slice(0, 2), null).join(""));
      rest = () => response.end(chatEvents(texts.slice(2)).join(""));
    },
    finish: () => rest(),
  };
}

const native = ofText(recordings).filter(
  ({ format, isStream, status }) => format === "openai-responses" && isStream && status === 200,
);

describe.skipIf(skipReason !== "")(`OpenAI's SDK on a vendor's own events${skipReason}`, () => {
  it.each(named(native))("reads on after any of them, with the vendor's numbers: %s", async (_file, recording) => {
    gw.vendor.answers(inPieces(recording, 2_000));
    const { id, events: whole } = await begin("openai/m", Number.POSITIVE_INFINITY);
    for (const [at, event] of whole.entries()) {
      const rest = await readOn(id, event.sequence_number);
      expect([at, JSON.stringify(rest)]).toEqual([at, JSON.stringify(whole.slice(at + 1))]);
    }
    expect(JSON.stringify(await readOn(id))).toBe(JSON.stringify(whole));
    const last = whole.at(-1);
    const { output_text: _text, ...kept } = await client.responses.retrieve(id);
    expect(last !== undefined && "response" in last && last.response).toMatchObject({ id, status: kept.status });
    expect(kept).toEqual(last !== undefined && "response" in last && last.response);
    expect(gw.vendor.calls).toHaveLength(1);
  });
});

describe("OpenAI's SDK on a translated answer", () => {
  it("reads on while it runs, and has it whole after", async () => {
    const { script, finish } = held();
    gw.vendor.answers(script);
    const { id, events } = await begin("house/m", 4);
    const running = await client.responses.retrieve(id);
    expect([running.id, running.status]).toEqual([id, "in_progress"]);
    const rest = readOn(id, events.at(-1)?.sequence_number);
    finish();
    const all = [...events, ...(await rest)];
    expect(all.map((event) => event.sequence_number)).toEqual(all.map((_event, index) => index));
    expect(all.at(-1)?.type).toBe("response.completed");
    const whole = await client.responses.retrieve(id);
    expect([whole.status, whole.output_text]).toEqual(["completed", texts.join("")]);
    expect(gw.vendor.calls).toHaveLength(1);
  });

  it("is stopped: the vendor's connection is closed, and what there was is kept", async () => {
    const { script } = held();
    gw.vendor.answers(script);
    const { id, events } = await begin("house/m", 4);
    const cancelled = await client.responses.cancel(id);
    expect([cancelled.id, cancelled.status, cancelled.error]).toEqual([id, "cancelled", null]);
    expect(await gw.vendor.calls[0]?.cut).toBe(true);
    const again = await client.responses.cancel(id);
    expect(again.status).toBe("cancelled");
    const kept = await client.responses.retrieve(id);
    expect(kept.status).toBe("cancelled");
    const rest = await readOn(id, events.at(-1)?.sequence_number).catch((error: unknown) => error);
    expect(rest).toBeInstanceOf(OpenAI.APIError);
    expect((rest as InstanceType<typeof OpenAI.APIError>).code).toBe("cancelled");
  });
});
