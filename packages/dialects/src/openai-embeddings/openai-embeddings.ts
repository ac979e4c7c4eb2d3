import {
  type EmbedRequest,
  type EmbedResult,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type Observation,
  type ParamNote,
  type Usage,
  unknownUsage,
} from "@gw/core";
import { decodeError, encodeError, errorFrames, findError } from "../openai-chat/errors.ts";
import { dropped } from "../option-notes.ts";
import type { EncodedRequest, NativeCodec, ReplyObserver } from "../text-dialect.ts";
import {
  type DecodedEmbedRequest,
  decodeRequest,
  decodeResult,
  decodeUsage,
  type EmbeddingEncoding,
  malformed,
} from "./decode-embeddings.ts";
import { dialectId } from "./dialect-id.ts";
import { encodeFloats } from "./float-base64.ts";

/** How a server departs from the embeddings format. */
export interface OpenAIEmbeddingsQuirks {
  /** Neutral parameters that the model answers with an error; they are not sent and reported as dropped. */
  readonly refusedParams?: readonly (keyof EmbedRequest)[];
}

/** The embeddings format, from both sides. */
export interface EmbeddingsCodec extends NativeCodec<OpenAIEmbeddingsQuirks> {
  /** @throws {GatewayError} `invalid_request` with the path of the field in `param`. */
  decodeRequest(body: JsonValue): DecodedEmbedRequest;
  encodeRequest(request: EmbedRequest, quirks?: OpenAIEmbeddingsQuirks): EncodedRequest;
  /** @throws {GatewayError} `reply_malformed`; or the vendor's error when the body is one. */
  decodeResult(body: JsonValue): EmbedResult;
  /** @param options the model as the caller wrote it, and the form its body asked for */
  encodeResult(
    result: EmbedResult,
    options: { readonly model: string; readonly encodingFormat: EmbeddingEncoding },
  ): JsonObject;
}

function encodeRequest(request: EmbedRequest, quirks: OpenAIEmbeddingsQuirks = {}): EncodedRequest {
  const notes: ParamNote[] = [];
  const sends = (param: "dimensions" | "user"): boolean => {
    if (request[param] === undefined) return false;
    if (!quirks.refusedParams?.includes(param)) return true;
    notes.push(dropped(param, "the model refuses it"));
    return false;
  };
  if (request.inputType !== undefined) notes.push(dropped("inputType", "the format has none"));
  for (const [dialect, options] of Object.entries(request.providerOptions ?? {})) {
    if (dialect === dialectId) continue;
    for (const param of Object.keys(options)) notes.push(dropped(param, `only ${dialect} has it`));
  }
  const body: JsonObject = {
    ...request.providerOptions?.[dialectId],
    model: request.model,
    input: request.input.map((item) => (typeof item === "string" ? item : [...item])),
    ...(sends("dimensions") && { dimensions: request.dimensions }),
    ...(sends("user") && { user: request.user }),
  };
  return { body, notes };
}

/** The format's types demand the counts: unknown ones are written as 0. */
function encodeResult(
  result: EmbedResult,
  options: { readonly model: string; readonly encodingFormat: EmbeddingEncoding },
): JsonObject {
  const tokens = result.usage.inputTokens ?? 0;
  return {
    object: "list",
    data: result.embeddings.map((numbers, index) => ({
      object: "embedding",
      index,
      embedding: options.encodingFormat === "base64" ? encodeFloats(numbers) : [...numbers],
    })),
    model: result.model ?? options.model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

/** Watches an answer that passes through. Embeddings are never streamed. */
class EmbeddingsObserver implements ReplyObserver {
  #model: string | null = null;
  #usage: Usage = unknownUsage;
  #seen = false;

  frame(): { readonly content: boolean; readonly hidden: boolean } {
    return { content: true, hidden: false };
  }

  whole(body: JsonValue): void {
    const error = isJsonObject(body) ? findError(body) : null;
    if (error !== null) throw error;
    if (!isJsonObject(body) || !Array.isArray(body.data)) throw malformed("The answer has no data");
    this.#seen = true;
    this.#model = typeof body.model === "string" ? body.model : null;
    this.#usage = decodeUsage(body.usage);
  }

  end(): void {}

  observation(): Observation {
    return { id: null, model: this.#model, finishReason: this.#seen ? "stop" : null, usage: this.#usage };
  }
}

/** @see https://platform.openai.com/docs/api-reference/embeddings (2026-11-20) */
export const openAIEmbeddings: EmbeddingsCodec = {
  id: dialectId,
  decodeRequest,
  encodeRequest,
  decodeResult,
  encodeResult,
  prepareNative: ({ model }) => ({ set: { model }, remove: [], hideUsage: false }),
  observer: () => new EmbeddingsObserver(),
  decodeError,
  encodeError,
  errorFrames,
};
