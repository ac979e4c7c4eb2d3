import type { JsonObject, TextEvent } from "@gw/core/types";
import type { Frame } from "../frame.ts";
import type { ReplyContext, StreamEncoder } from "../text-dialect.ts";
import { encodeEnding } from "./encode-result.ts";
import { encodeLogprobs } from "./logprobs.ts";
import { encodeReplyPart, thoughtSignature } from "./reply-parts.ts";

/** What is still to be sent of one part. */
interface Lane {
  readonly waiting: JsonObject[];
  ended: boolean;
}

type PartEnd = Extract<TextEvent, { type: "text-end" | "reasoning-end" | "tool-call-end" }>;

/**
 * Encodes a stream of `GenerateContentResponse` chunks. A chunk's parts follow those of the chunk before, so parts that
 * overlap are sent one after the other: what a later one says waits until the earlier one has ended. A call's arguments are
 * gathered and sent whole. There is no terminator.
 */
export class GeminiStreamEncoder implements StreamEncoder {
  readonly #context: ReplyContext;
  #model: string | null = null;
  readonly #lanes: Lane[] = [];
  /** The part whose turn it is. */
  #current = 0;
  readonly #calls = new Map<number, { readonly id: string; readonly name: string; arguments: string }>();
  readonly #thoughts = new Map<number, { readonly origin: string; readonly id?: string }>();

  constructor(context: ReplyContext) {
    this.#context = context;
  }

  push(event: TextEvent): Frame[] {
    switch (event.type) {
      case "response-start":
        this.#model = event.model;
        return [];
      case "text-start":
      case "refusal-start":
        return this.#say(event.index);
      case "reasoning-start":
        this.#thoughts.set(event.index, event);
        return this.#say(event.index);
      case "tool-call-start":
        this.#calls.set(event.index, { id: event.id, name: event.name, arguments: "" });
        return this.#say(event.index);
      case "text-delta": {
        const logprobs = event.logprobs === undefined ? undefined : encodeLogprobs(event.logprobs);
        return this.#say(event.index, this.#chunk({ text: event.text }, logprobs));
      }
      case "refusal-delta":
        return this.#say(event.index, this.#chunk({ text: event.text }));
      case "reasoning-delta":
        return this.#say(event.index, this.#chunk({ text: event.text, thought: true }));
      case "tool-call-delta": {
        const call = this.#calls.get(event.index);
        if (call !== undefined) call.arguments += event.arguments;
        return [];
      }
      case "refusal-end":
        return this.#finish(event.index, null);
      case "text-end":
      case "reasoning-end":
      case "tool-call-end":
        return this.#finish(event.index, this.#lastPiece(event));
      case "part":
        this.#say(event.index);
        return this.#finish(event.index, encodeReplyPart(event.part));
      case "response-end":
        return [this.#frame(encodeEnding(event, [{ text: "" }], this.#context))];
    }
  }

  /** What a part says at its end: a call whole, a signature on an empty text. */
  #lastPiece(event: PartEnd): JsonObject | null {
    const options = event.providerOptions === undefined ? {} : { providerOptions: event.providerOptions };
    if (event.type === "tool-call-end") {
      const call = this.#calls.get(event.index);
      this.#calls.delete(event.index);
      if (call === undefined) return null;
      const signature = event.signature === undefined ? {} : { signature: event.signature };
      return encodeReplyPart({ type: "tool-call", ...call, ...signature, ...options });
    }
    if (event.type === "text-end")
      return options.providerOptions?.gemini === undefined
        ? null
        : encodeReplyPart({ type: "text", text: "", ...options });
    const thought = this.#thoughts.get(event.index) ?? { origin: "gemini" };
    const { signature, sealed } = event;
    const proof = {
      origin: thought.origin,
      ...(thought.id !== undefined && { id: thought.id }),
      ...(signature !== undefined && { signature }),
      ...(sealed !== undefined && { sealed }),
    };
    const silent = thoughtSignature(proof) === undefined && options.providerOptions?.gemini === undefined;
    return silent ? null : encodeReplyPart({ type: "reasoning", text: "", ...proof, ...options });
  }

  #finish(index: number, piece: JsonObject | null): Frame[] {
    const frames = piece === null ? [] : this.#say(index, this.#chunk(piece));
    const lane = this.#lanes[index];
    if (lane !== undefined) lane.ended = true;
    return [...frames, ...this.#drain()];
  }

  #say(index: number, ...chunks: JsonObject[]): Frame[] {
    this.#lanes[index] ??= { waiting: [], ended: false };
    this.#lanes[index].waiting.push(...chunks);
    return this.#drain();
  }

  #drain(): Frame[] {
    const frames: Frame[] = [];
    for (let lane = this.#lanes[this.#current]; lane !== undefined; lane = this.#lanes[this.#current]) {
      frames.push(...lane.waiting.splice(0).map((chunk) => this.#frame(chunk)));
      if (!lane.ended) break;
      this.#current += 1;
    }
    return frames;
  }

  #chunk(part: JsonObject, logprobsResult?: JsonObject): JsonObject {
    const extra = logprobsResult === undefined ? {} : { logprobsResult };
    return { candidates: [{ content: { parts: [part], role: "model" }, ...extra, index: 0 }] };
  }

  #frame(chunk: JsonObject): Frame {
    return {
      data: JSON.stringify({
        ...chunk,
        modelVersion: this.#model ?? this.#context.model,
        responseId: this.#context.id,
      }),
    };
  }
}
