import type { JsonObject } from "@gw/core";
import { embedText } from "../embed-text.ts";
import { objectOf, objectsOf } from "../json-list.ts";
import { wholeReply } from "../reply.ts";
import type { PreparedCall, SandboxCall } from "../vendor.ts";
import { VendorError } from "../vendor-error.ts";
import { field } from "./field.ts";
import { googleHeaders } from "./wire.ts";

const mostInputs = 100;
const mostDimensions = 3_072;

/** `POST ...:embedContent` and `:batchEmbedContents`. @throws {VendorError} */
export function prepareEmbedding(call: SandboxCall, model: string, isBatch: boolean): PreparedCall {
  const requests = isBatch ? objectsOf(call.body.requests) : [call.body];
  if (requests.length === 0 || requests.length > mostInputs) {
    throw new VendorError(
      400,
      `* BatchEmbedContentsRequest.requests: from 1 to ${mostInputs} requests can be in one batch`,
    );
  }
  const texts = requests.map(readText);
  return {
    model,
    prompt: { question: texts.join("\n"), isLast: true },
    answer: () => {
      const embeddings = requests.map((request, index): JsonObject => {
        return { values: embedText(texts[index] ?? "", readDimensions(request, model)) };
      });
      const body = isBatch ? { embeddings } : { embedding: embeddings[0] };
      return wholeReply(googleHeaders(), body, "application/json; charset=UTF-8");
    },
  };
}

function readText(request: JsonObject): string {
  const parts = objectsOf(objectOf(request.content).parts);
  const text = parts.flatMap((part) => (typeof part.text === "string" ? part.text : [])).join("\n");
  if (text === "") throw new VendorError(400, "* EmbedContentRequest.content: contents is not specified");
  return text;
}

function readDimensions(request: JsonObject, model: string): number {
  const dimensions = field(request, "outputDimensionality") ?? (model.startsWith("gemini") ? mostDimensions : 768);
  if (Number.isInteger(dimensions) && Number(dimensions) >= 1 && Number(dimensions) <= mostDimensions)
    return Number(dimensions);
  throw new VendorError(400, `* EmbedContentRequest.output_dimensionality: from 1 to ${mostDimensions}`);
}
