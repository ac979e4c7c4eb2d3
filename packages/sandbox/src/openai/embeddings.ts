import { isJsonObject, type JsonObject, type JsonValue } from "@gw/core";
import { embedText, vectorToBase64 } from "../embed-text.ts";
import { wholeReply } from "../reply.ts";
import { seedOf } from "../seeded-random.ts";
import { countTokens } from "../tokens.ts";
import type { PreparedCall, SandboxCall } from "../vendor.ts";
import { missing, refuse } from "./refuse.ts";
import { openAIHeaders } from "./wire.ts";

const mostInputs = 2_048;
const mostDimensions = 3_072;

/** `POST /v1/embeddings`. @throws {VendorError} */
export function prepareEmbeddings({ body }: SandboxCall): PreparedCall {
  if (typeof body.model !== "string" || body.model === "")
    throw refuse("you must provide a model parameter", null, null);
  const model = body.model;
  const inputs = readInputs(body.input);
  const dimensions = readDimensions(body, model);
  const asBase64 = body.encoding_format === "base64";
  if (!asBase64 && body.encoding_format !== undefined && body.encoding_format !== "float") {
    throw refuse(
      `Invalid value: '${String(body.encoding_format)}'. Supported values are: 'float' and 'base64'.`,
      "encoding_format",
      "invalid_value",
    );
  }
  return {
    model,
    prompt: { question: inputs.filter((input) => typeof input === "string").join("\n"), isLast: true },
    answer: () => {
      const tokens = inputs.reduce(
        (sum, input) => sum + (typeof input === "string" ? countTokens(input) : input.length),
        0,
      );
      const data = inputs.map((input, index): JsonObject => {
        const vector = embedText(input, dimensions);
        return { object: "embedding", index, embedding: asBase64 ? vectorToBase64(vector) : vector };
      });
      const usage = { prompt_tokens: tokens, total_tokens: tokens };
      return wholeReply(openAIHeaders(seedOf("embeddings", body), tokens), { object: "list", data, model, usage });
    },
  };
}

function readInputs(value: JsonValue | undefined): readonly (string | readonly number[])[] {
  if (value === undefined || value === null) throw missing("input");
  const list = Array.isArray(value) && !isTokens(value) ? value : [value];
  if (list.length === 0 || list.length > mostInputs) {
    throw refuse(
      `Invalid 'input': expected an array of 1 to ${mostInputs} items, but got ${list.length} instead.`,
      "input",
      null,
    );
  }
  return list.map((input) => {
    if (typeof input === "string" && input !== "") return input;
    if (isTokens(input) && input.length > 0) return input;
    throw refuse(
      "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference.",
      null,
      null,
    );
  });
}

function isTokens(value: JsonValue): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "number");
}

function readDimensions(body: JsonObject, model: string): number {
  const { dimensions } = body;
  if (dimensions === undefined || dimensions === null || isJsonObject(dimensions))
    return model.includes("-large") ? 3_072 : 1_536;
  if (typeof dimensions === "number" && dimensions < 1) {
    throw refuse(`${dimensions} is less than the minimum of 1 - 'dimensions'`, null, null);
  }
  if (!Number.isInteger(dimensions) || Number(dimensions) > mostDimensions) {
    throw refuse(
      `Invalid value for 'dimensions' = ${String(dimensions)}. Must be at most ${mostDimensions}.`,
      "dimensions",
      null,
    );
  }
  return Number(dimensions);
}
