import { type ErrorCode, GatewayError, isJsonObject, type JsonObject, type JsonValue, unknownUsage } from "@gw/core";
import type { AssistantPart, FinishReason, TextEvent, TextRequest, TextResult, Usage } from "@gw/core/types";
import type { Flaw } from "./flaw.ts";

const finishReasons: Readonly<Record<string, FinishReason>> = { done: "stop", bound: "length", calls: "tool_calls" };
const codes: Readonly<Record<number, ErrorCode>> = {
  401: "authentication_failed",
  402: "quota_exhausted",
  403: "permission_denied",
  404: "model_not_found",
  408: "timed_out",
  413: "request_too_large",
  429: "rate_limited",
  503: "overloaded",
  504: "timed_out",
  529: "overloaded",
};

const frameKeys = ["start", "text", "thought", "refused", "seal", "call", "args", "finish", "usage"];

/** A neutral request in the toy's words: mostly the same words. */
export function toyBody(request: TextRequest, stream: boolean, flaw: Flaw | null): JsonObject {
  const body: JsonObject = {
    model: request.model,
    turns: request.messages as unknown as JsonValue,
    tools: request.tools as unknown as JsonValue,
    choice: request.toolChoice as unknown as JsonValue,
    form: request.responseFormat as unknown as JsonValue,
    [flaw === "uses the wrong field for the bound" ? "limit" : "bound"]: request.maxOutputTokens,
    ...(stream && { stream: true, report: true }),
  };
  return JSON.parse(JSON.stringify(body)) as JsonObject;
}

export function codeOf(status: number, flaw: Flaw | null): ErrorCode {
  if (flaw === "makes every failure upstream_failed") return "upstream_failed";
  return codes[status] ?? (status >= 500 ? "upstream_failed" : "invalid_request");
}

export function toyUsage(value: JsonValue | undefined, flaw: Flaw | null): Usage {
  const base =
    flaw === "gives unknown usage as 0"
      ? (Object.fromEntries(Object.keys(unknownUsage).map((key) => [key, 0])) as unknown as Usage)
      : unknownUsage;
  if (!isJsonObject(value)) return base;
  const count = (field: JsonValue | undefined, missing: number | null) => (typeof field === "number" ? field : missing);
  const output = count(value.out, base.outputTokens);
  const thought = count(value.thought, base.reasoningTokens);
  return {
    ...base,
    inputTokens: count(value.in, base.inputTokens),
    cacheReadTokens: count(value.cached, base.cacheReadTokens),
    outputTokens: output,
    reasoningTokens: flaw === "counts reasoning beside the output" && thought !== null ? thought + 1_000 : thought,
  };
}

function finishOf(raw: JsonValue | undefined, flaw: Flaw | null): FinishReason {
  if (flaw === "takes every end for a stop") return "stop";
  return finishReasons[String(raw)] ?? "error";
}

/** A whole reply. */
export function toyResult(body: JsonValue, flaw: Flaw | null): TextResult {
  if (!isJsonObject(body) || !Array.isArray(body.parts)) {
    if (flaw !== "accepts any body") throw new GatewayError("reply_malformed", "The reply has no parts");
    body = { parts: [], finish: "done" };
  }
  return {
    id: typeof body.id === "string" ? body.id : null,
    model: typeof body.model === "string" ? body.model : null,
    content: (body.parts as JsonObject[]).flatMap((part, index) => partOf(part, index, flaw)),
    finishReason: finishOf(body.finish, flaw),
    rawFinishReason: String(body.finish),
    stopSequence: null,
    usage: toyUsage(body.usage, flaw),
  };
}

function partOf(part: JsonObject, index: number, flaw: Flaw | null): AssistantPart[] {
  if (typeof part.text === "string") return [{ type: "text", text: part.text }];
  if (typeof part.refused === "string")
    return flaw === "drops refusals" ? [] : [{ type: "refusal", text: part.refused }];
  if (typeof part.thought === "string") {
    const seal = typeof part.seal === "string" && flaw !== "drops the seal of reasoning" ? part.seal : null;
    return [{ type: "reasoning", text: part.thought, origin: "toy", ...(seal !== null && { signature: seal }) }];
  }
  if (!isJsonObject(part.call)) return [];
  const written = JSON.stringify(part.call.args);
  return [
    {
      type: "tool-call",
      id: flaw === "uses one id for all calls" ? "call" : `call-${index}`,
      name: String(part.call.name),
      arguments: written ?? (flaw === "gives empty arguments as nothing" ? "" : "{}"),
    },
  ];
}

/** Where a stream is. */
export interface StreamState {
  open: string | null;
  next: number;
  deltas: number;
  readonly calls: Map<number, number>;
}

export function newState(): StreamState {
  return { open: null, next: 0, deltas: 0, calls: new Map() };
}

/** Turns the data of a stream's frames into events. */
export class ToyDecoder {
  readonly #flaw: Flaw | null;
  readonly state: StreamState;
  #finish: JsonValue | undefined;
  #usage: JsonValue | undefined;
  #started = false;
  #ended = false;

  constructor(flaw: Flaw | null, state = newState()) {
    this.#flaw = flaw;
    this.state = state;
  }

  push(data: string): TextEvent[] {
    if (data === "[END]") {
      this.#ended = true;
      return [];
    }
    const frame = this.#parse(data);
    if (frame === null) return [];
    if (isJsonObject(frame.error) && this.#flaw !== "swallows errors in streams")
      throw new GatewayError(codeOf(Number(frame.error.status), null), "The vendor failed", {
        upstream: { status: 200, headers: {}, body: data },
      });
    const events: TextEvent[] = [];
    if (!frameKeys.some((key) => key in frame)) return [];
    if (!this.#started) {
      const start = isJsonObject(frame.start) ? frame.start : {};
      events.push({ type: "response-start", id: textOr(start.id, null), model: textOr(start.model, null) });
      this.#started = true;
    }
    if (typeof frame.text === "string") this.#delta("text", frame.text, events);
    if (typeof frame.thought === "string") this.#delta("reasoning", frame.thought, events);
    if (typeof frame.refused === "string" && this.#flaw !== "drops refusals")
      this.#delta("refusal", frame.refused, events);
    if (typeof frame.seal === "string") this.#close(events, frame.seal);
    if (isJsonObject(frame.call)) this.#call(frame.call, events);
    if (isJsonObject(frame.args)) {
      const call = this.#flaw === "mixes parallel calls" ? 0 : Number(frame.args.n);
      events.push({
        type: "tool-call-delta",
        index: this.state.calls.get(call) ?? -1,
        arguments: String(frame.args.text),
      });
    }
    if (frame.finish !== undefined) this.#finish = frame.finish;
    if (frame.usage !== undefined) this.#usage = this.#added(frame.usage);
    return events;
  }

  end(): TextEvent[] {
    const incomplete = this.#finish === undefined || (this.#flaw === "demands the terminator" && !this.#ended);
    if (incomplete && this.#flaw !== "ignores truncation")
      throw new GatewayError("stream_truncated", "The stream ended early");
    const events: TextEvent[] = this.#started ? [] : [{ type: "response-start", id: null, model: null }];
    if (this.#flaw !== "leaves a part open") this.#close(events);
    for (const index of this.state.calls.values()) events.push({ type: "tool-call-end", index });
    events.push({
      type: "response-end",
      finishReason: finishOf(this.#finish, this.#flaw),
      rawFinishReason: String(this.#finish),
      stopSequence: null,
      usage: toyUsage(this.#usage, this.#flaw),
    });
    return events;
  }

  #parse(data: string): JsonObject | null {
    try {
      const frame = JSON.parse(data) as JsonValue;
      if (this.#flaw === "throws at unknown frames" && isJsonObject(frame) && "x_contract_unknown" in frame)
        throw new GatewayError("reply_malformed", "No such frame");
      return isJsonObject(frame) ? frame : null;
    } catch (cause) {
      if (this.#flaw === "ignores malformed frames") return null;
      throw new GatewayError("reply_malformed", "A frame is not JSON", { cause });
    }
  }

  #delta(kind: "text" | "reasoning" | "refusal", text: string, events: TextEvent[]): void {
    const { state } = this;
    if (state.open !== kind) {
      this.#close(events);
      state.open = kind;
      const index = state.next++;
      events.push(
        kind === "reasoning" ? { type: "reasoning-start", index, origin: "toy" } : { type: `${kind}-start`, index },
      );
    }
    state.deltas += 1;
    if (this.#flaw === "drops a delta" && kind === "text" && state.deltas === 2) return;
    const index = state.next - 1;
    if (this.#flaw === "writes empty deltas") events.push({ type: "text-delta", index, text: "" });
    events.push({ type: `${kind}-delta`, index, text });
  }

  #close(events: TextEvent[], seal?: string): void {
    const { state } = this;
    const index = state.next - 1;
    if (state.open === "reasoning") {
      const kept = seal !== undefined && this.#flaw !== "drops the seal of reasoning";
      events.push({ type: "reasoning-end", index, ...(kept && { signature: seal }) });
    } else if (state.open === "text") events.push({ type: "text-end", index });
    else if (state.open === "refusal") events.push({ type: "refusal-end", index });
    state.open = null;
  }

  #call(call: JsonObject, events: TextEvent[]): void {
    this.#close(events);
    const index = this.state.next++;
    this.state.calls.set(Number(call.n), index);
    const id = this.#flaw === "uses one id for all calls" ? "call" : `call-${index}`;
    events.push({ type: "tool-call-start", index, id, name: String(call.name) });
  }

  #added(usage: JsonValue): JsonValue {
    if (this.#flaw !== "adds usage twice" || !isJsonObject(usage)) return usage;
    return { ...usage, in: Number(usage.in) * 2 };
  }
}

function textOr<Other>(value: JsonValue | undefined, other: Other): string | Other {
  return typeof value === "string" ? value : other;
}
