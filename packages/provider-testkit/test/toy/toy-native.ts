import { GatewayError, isGatewayError, isJsonObject, unknownUsage } from "@gw/core";
import type { Call, NativeFrame, NativeReply, NativeRequest, Observation, TextResult } from "@gw/core/types";
import { dataOf, eventBlocks } from "./toy-http.ts";
import { checkType, parsed, type Toy, wholeBody } from "./toy-provider.ts";
import { ToyDecoder, toyResult, toyUsage } from "./toy-wire.ts";

/** The toy's native lane: the model is replaced, `report` added, and the frames that come of it left out. */
export async function openNative(toy: Toy, request: NativeRequest, call: Call): Promise<NativeReply> {
  const { flaw } = toy;
  const hides = request.stream && request.body.report !== true && flaw !== "hides no frame";
  const headers = flaw === "forwards the caller's headers" ? request.headers : {};
  const counts = request.operation === "count-tokens";
  const path = counts ? "/count" : request.dialect === "toy-embed" ? "/embed" : "/answer";
  const reply = await toy.open(path, nativeBody(toy, request), call, headers);
  const kept = ["content-type", ...(flaw === "passes the vendor's cookies on" ? ["set-cookie"] : [])];
  const head = {
    status: reply.status,
    headers: Object.fromEntries(Object.entries(reply.headers).filter(([name]) => kept.includes(name))),
  };

  if (!request.stream) {
    const bytes = await wholeBody(reply);
    const body = parsed(bytes, flaw);
    if (!isJsonObject(body)) throw new GatewayError("reply_malformed", "The reply is no object");
    const observation = counts
      ? nothing
      : request.dialect === "toy-embed"
        ? { ...nothing, model: String(body.model), usage: toyUsage(body.usage, flaw) }
        : observed(toyResult(body, flaw));
    const sent = flaw === "serialises the reply anew" ? Buffer.from(JSON.stringify(body)) : bytes;
    return { type: "whole", ...head, bytes: sent, observation };
  }

  checkType(reply, flaw);
  let seen: Observation = nothing;
  const decoder = new ToyDecoder(flaw);
  async function* batches(): AsyncGenerator<readonly NativeFrame[]> {
    try {
      for await (const block of eventBlocks(reply.bytes, flaw)) {
        const data = dataOf(block);
        if (data === null) continue;
        const frame = frameOf(block, data);
        if (frame !== null) yield [frame];
      }
      for (const event of decoder.end())
        if (event.type === "response-end") seen = { ...seen, finishReason: event.finishReason, usage: event.usage };
    } catch (error) {
      throw toy.clean(error);
    }
  }
  function frameOf(block: Buffer, data: string): NativeFrame | null {
    try {
      const events = decoder.push(data);
      const content = flaw !== "marks no content" && events.some((event) => /-delta$|call-start$/.test(event.type));
      if (content) reply.contentSeen();
      for (const event of events)
        if (event.type === "response-start") seen = { ...seen, id: event.id, model: event.model };
      const hidden = (hides || flaw === "hides what the caller asked for") && data.includes('"usage":');
      if (hidden) return null;
      return { bytes: flaw === "serialises frames anew" ? anew(data) : block, content };
    } catch (error) {
      if (flaw === "passes error frames on" && isGatewayError(error)) return { bytes: block, content: false };
      throw error;
    }
  }
  return { type: "stream", ...head, batches: batches(), observation: () => seen };
}

const nothing: Observation = { id: null, model: null, finishReason: null, usage: unknownUsage };

function observed(result: TextResult): Observation {
  const { id, model, finishReason, usage } = result;
  return { id, model, finishReason, usage };
}

function nativeBody({ flaw }: Toy, request: NativeRequest): string {
  const model = JSON.stringify(request.model);
  const raw = Buffer.from(request.raw)
    .toString("utf8")
    .replace(/"model":\s*"[^"]*"/, `"model": ${model}`);
  if (flaw === "forgets unknown fields of a request") {
    const { x_contract_unknown: _forgotten, ...known } = JSON.parse(raw) as Record<string, unknown>;
    return JSON.stringify({ ...known, ...(request.stream && { report: true }) });
  }
  return request.stream && request.body.report !== true ? raw.replace("{", '{"report":true,') : raw;
}

function anew(data: string): Buffer {
  const value = data.startsWith("{") ? JSON.stringify(JSON.parse(data)) : data;
  return Buffer.from(`data: ${value}\n\n`);
}
