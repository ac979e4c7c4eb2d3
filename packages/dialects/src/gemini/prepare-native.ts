import { isJsonObject, type JsonObject, type JsonValue } from "@gw/core";
import type { NativePreparation } from "../text-dialect.ts";

/**
 * The path names the model, and a body that names one too must agree: at its top level the name is left out, inside the
 * request of a `countTokens` it is required and replaced.
 */
export function prepareNative({
  body,
  model,
}: {
  readonly body: JsonObject;
  readonly model: string;
}): NativePreparation {
  const set: Record<string, JsonValue> = {};
  for (const name of ["generateContentRequest", "generate_content_request"]) {
    const inner = body[name];
    if (isJsonObject(inner)) set[name] = { ...inner, model: `models/${model}` };
  }
  return { set, remove: "model" in body ? ["model"] : [], hideUsage: false };
}
