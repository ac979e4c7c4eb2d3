import {
  type EmbedRequest,
  type EmbedResult,
  GatewayError,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type ParamNote,
  type Usage,
  unknownUsage,
  type WireHeaders,
} from "@gw/core";
import { errorFromReply, foreignOptionNotes, tokenCount } from "@gw/dialects";
import type { SimpleExchange } from "@gw/provider-kit";
import { dialectId } from "./converse/dialect-id.ts";

/** How one family of embedding models is asked and answers. */
interface EmbedFormat {
  /** Whether it takes several inputs at once. */
  readonly takesMany: boolean;
  /** Whether it embeds queries and documents differently. */
  readonly knowsInputType: boolean;
  write(request: EmbedRequest, texts: readonly string[]): JsonObject;
  /** The vectors of an answer; `undefined` where they are not. */
  read(body: JsonObject): JsonValue | undefined;
}

/** @see AWS's page on Titan embeddings, read 2026-11-20; not recorded */
const titan: EmbedFormat = {
  takesMany: false,
  knowsInputType: false,
  write: ({ dimensions }, [text = ""]) => ({ inputText: text, ...(dimensions !== undefined && { dimensions }) }),
  read: ({ embedding }) => (embedding === undefined ? undefined : [embedding]),
};

/** Recorded 2026: one text is embedded for one purpose. */
const nova: EmbedFormat = {
  takesMany: false,
  knowsInputType: true,
  write: ({ dimensions, inputType }, [text = ""]) => ({
    taskType: "SINGLE_EMBEDDING",
    singleEmbeddingParams: {
      embeddingPurpose: inputType === "query" ? "GENERIC_RETRIEVAL" : "GENERIC_INDEX",
      text: { truncationMode: "END", value: text },
      ...(dimensions !== undefined && { embeddingDimension: dimensions }),
    },
  }),
  read: ({ embeddings }) =>
    Array.isArray(embeddings)
      ? embeddings.map((item) => (isJsonObject(item) ? (item.embedding ?? null) : null))
      : undefined,
};

/** Recorded 2026 with embed-v4, whose answer sorts the vectors by type; embed-v3 gives them as they are. */
const cohere: EmbedFormat = {
  takesMany: true,
  knowsInputType: true,
  write: ({ dimensions, inputType }, texts) => ({
    texts: [...texts],
    input_type: inputType === "query" ? "search_query" : "search_document",
    ...(dimensions !== undefined && { output_dimension: dimensions }),
  }),
  read: ({ embeddings }) => (isJsonObject(embeddings) ? embeddings.float : embeddings),
};

const formats: readonly (readonly [RegExp, EmbedFormat])[] = [
  [/cohere\.embed/, cohere],
  [/amazon\.titan-embed/, titan],
  [/amazon\.nova.*embed/, nova],
];

/**
 * Embeddings, by invocation of the model in its own format.
 *
 * @param path of an invocation of this model
 * @throws {GatewayError} `unsupported_capability` for a model of another family, token ids, or more inputs than it takes.
 */
export function embed(request: EmbedRequest, path: string): SimpleExchange<EmbedResult> {
  const format = formats.find(([pattern]) => pattern.test(request.model))?.[1];
  if (format === undefined) throw unsupported("model", "It is not known how this model embeds");
  const texts = request.input.filter((input) => typeof input === "string");
  if (texts.length < request.input.length) throw unsupported("input", "Token ids cannot be embedded, texts can");
  if (texts.length > 1 && !format.takesMany) throw unsupported("input", "The model embeds one input at a time");
  const own = request.providerOptions?.[dialectId] ?? {};
  return {
    path,
    body: { ...own, ...format.write(request, texts) },
    notes: notesOf(request, format),
    read: (body, headers) => readEmbeddings(body, headers, format),
    decodeError: (reply) => errorFromReply(reply),
  };
}

function notesOf(request: EmbedRequest, format: EmbedFormat): ParamNote[] {
  const dropped = (param: string): ParamNote => ({ param, outcome: "dropped", detail: "the model has no word for it" });
  return [
    ...foreignOptionNotes(request, dialectId),
    ...(request.user === undefined ? [] : [dropped("user")]),
    ...(request.inputType === undefined || format.knowsInputType ? [] : [dropped("inputType")]),
  ];
}

function readEmbeddings(body: JsonValue, headers: WireHeaders, format: EmbedFormat): EmbedResult {
  const vectors = isJsonObject(body) ? format.read(body) : undefined;
  if (!isJsonObject(body) || !Array.isArray(vectors) || !vectors.every(isVector)) {
    throw new GatewayError("reply_malformed", "The vendor's answer holds no vectors");
  }
  return { model: null, embeddings: vectors, usage: usageOf(body, headers) };
}

function isVector(value: JsonValue): value is number[] {
  return Array.isArray(value) && value.every((item) => typeof item === "number");
}

/** Recorded 2026: the count is in the head, whatever the model; Titan's is in the body too. */
function usageOf(body: JsonObject, headers: WireHeaders): Usage {
  const told = headers["x-amzn-bedrock-input-token-count"];
  const inputTokens = tokenCount(told === undefined ? body.inputTextTokenCount : Number(told));
  return { ...unknownUsage, inputTokens };
}

function unsupported(param: string, message: string): GatewayError {
  return new GatewayError("unsupported_capability", message, { param });
}
