import {
  type EmbedRequest,
  type EmbedResult,
  GatewayError,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from "@gw/core";
import { dropped, foreignOptionNotes } from "../option-notes.ts";
import type { EncodedRequest } from "../text-dialect.ts";
import { errorInBody } from "./errors.ts";
import { decodeUsage } from "./usage.ts";

const taskTypes = { query: "RETRIEVAL_QUERY", document: "RETRIEVAL_DOCUMENT" } as const;

/**
 * A `batchEmbedContents` body: one entry per input, with `providerOptions.gemini` in each (`taskType`, `title`).
 *
 * @throws {GatewayError} `unsupported_capability` for inputs that are token ids
 */
export function encodeGeminiEmbed(request: EmbedRequest): EncodedRequest {
  const notes = foreignOptionNotes(request, "gemini");
  if (request.user !== undefined) notes.push(dropped("user", "the format has no such field"));
  const settings: JsonObject = {
    model: `models/${request.model}`,
    ...(request.inputType !== undefined && { taskType: taskTypes[request.inputType] }),
    ...(request.dimensions !== undefined && { outputDimensionality: request.dimensions }),
    ...request.providerOptions?.gemini,
  };
  const requests = request.input.map((input): JsonObject => {
    if (typeof input !== "string")
      throw new GatewayError("unsupported_capability", "This vendor embeds texts, not token ids", { param: "input" });
    return { ...settings, content: { parts: [{ text: input }] } };
  });
  return { body: { requests }, notes };
}

/**
 * Reads a `batchEmbedContents` answer. It names no model, and only newer endpoints say what was used.
 *
 * @throws {GatewayError} the vendor's error when the body is one; `reply_malformed` when a vector is missing
 */
export function decodeGeminiEmbed(body: JsonValue): EmbedResult {
  const error = errorInBody(body);
  if (error !== null) throw error;
  if (!isJsonObject(body) || !Array.isArray(body.embeddings)) throw malformed();
  return { model: null, embeddings: body.embeddings.map(vector), usage: decodeUsage(body.usageMetadata) };
}

function vector(embedding: JsonValue): readonly number[] {
  const values = isJsonObject(embedding) ? embedding.values : undefined;
  if (!Array.isArray(values) || !values.every((value) => typeof value === "number")) throw malformed();
  return values;
}

function malformed(): GatewayError {
  return new GatewayError("reply_malformed", "The reply holds no embedding");
}
