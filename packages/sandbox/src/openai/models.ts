import type { JsonObject } from "@gw/core";
import { wholeReply } from "../reply.ts";
import { seedOf } from "../seeded-random.ts";
import { noPrompt, type PreparedCall } from "../vendor.ts";
import { openAIHeaders } from "./wire.ts";

const models = [
  "gpt-4.1",
  "gpt-4.1-mini",
  "gpt-4o",
  "gpt-5",
  "gpt-5.4-mini",
  "gpt-5.5",
  "o4-mini",
  "text-embedding-3-large",
  "text-embedding-3-small",
];
const createdAt = 1_750_000_000;

/** `GET /v1/models` and `GET /v1/models/{id}`: a few, though every name is answered. */
export function prepareModels(id: string | undefined): PreparedCall {
  const entry = (model: string): JsonObject => ({
    id: model,
    object: "model",
    created: createdAt,
    owned_by: "gw-sandbox",
  });
  const body = id === undefined ? { object: "list", data: models.map(entry) } : entry(id);
  return {
    model: id ?? "",
    prompt: noPrompt,
    answer: () => wholeReply(openAIHeaders(seedOf("models", id), null), body),
  };
}
