import {
  GatewayError,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type Observation,
  type TextEvent,
  type TextResult,
  unknownUsage,
} from "@gw/core";
import type { Frame, TextDialect } from "@gw/dialects";

/**
 * A wire format of five words, so that these tests need no real one.
 *
 * Request `{model, say, stream?, usage?}`; reply `{text}`; stream frames `{t}`, `{done}`, `{usage}` and `{error}`.
 */
export interface ToyQuirks {
  readonly refuses?: string;
}

const ending = { finishReason: "stop", rawFinishReason: "stop", stopSequence: null, usage: unknownUsage } as const;

function readFrame(frame: Frame): JsonObject {
  let value: JsonValue;
  try {
    value = JSON.parse(frame.data) as JsonValue;
  } catch {
    throw new GatewayError("reply_malformed", "not JSON");
  }
  if (!isJsonObject(value)) throw new GatewayError("reply_malformed", "not an object");
  if (value.error !== undefined)
    throw new GatewayError("overloaded", String(value.error), {
      upstream: { status: 200, headers: {}, body: frame.data },
    });
  return value;
}

function truncated(): GatewayError {
  return new GatewayError("stream_truncated", "no end");
}

export const toyDialect: TextDialect<ToyQuirks> = {
  id: "toy",
  paramNames: {},
  decodeRequest: () => {
    throw new Error("not a server");
  },
  encodeRequest: (request, { stream }, quirks) => ({
    body: { model: request.model, say: request.messages.length, stream },
    notes: [
      ...(quirks?.refuses === undefined
        ? []
        : [{ param: quirks.refuses, outcome: "dropped", detail: "not known" } as const]),
    ],
  }),
  decodeResult: (body): TextResult => {
    if (!isJsonObject(body) || typeof body.text !== "string") throw new TypeError("text is not there");
    return { id: null, model: null, content: [{ type: "text", text: body.text }], ...ending };
  },
  encodeResult: () => ({}),
  streamDecoder: () => {
    let index = -1;
    let done = false;
    return {
      push(frame) {
        const value = readFrame(frame);
        if (value.done !== undefined) {
          done = true;
          return [];
        }
        if (typeof value.t !== "string") return [];
        const start: TextEvent[] =
          index === -1
            ? [
                { type: "response-start", id: null, model: null },
                { type: "text-start", index: 0 },
              ]
            : [];
        index = 0;
        return [...start, { type: "text-delta", index: 0, text: value.t }];
      },
      end() {
        if (!done) throw truncated();
        return [
          { type: "text-end", index: 0 },
          { type: "response-end", ...ending },
        ];
      },
    };
  },
  streamEncoder: () => ({ push: () => [] }),
  prepareNative: ({ model, stream, body }) => ({
    set: { model, ...(stream && body.usage !== true && { usage: true }) },
    remove: ["secret"],
    hideUsage: stream && body.usage !== true,
  }),
  observer: ({ hideUsage }) => {
    let seen: Observation = { id: null, model: null, finishReason: null, usage: unknownUsage };
    return {
      frame(frame) {
        const value = readFrame(frame);
        if (value.done !== undefined) seen = { ...seen, finishReason: "stop" };
        if (typeof value.usage === "number") seen = { ...seen, usage: { ...unknownUsage, outputTokens: value.usage } };
        return { content: value.t !== undefined, hidden: hideUsage && value.usage !== undefined };
      },
      whole(body) {
        if (isJsonObject(body) && body.text !== undefined) seen = { ...seen, finishReason: "stop" };
      },
      end() {
        if (seen.finishReason === null) throw truncated();
      },
      observation: () => seen,
    };
  },
  decodeError: (reply) =>
    new GatewayError(reply.status === 429 ? "rate_limited" : "upstream_failed", `vendor says ${reply.body}`, {
      upstream: reply,
    }),
  encodeError: () => ({}),
  errorFrames: () => [],
};
