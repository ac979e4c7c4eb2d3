import { isJsonObject, type JsonObject, type JsonValue } from "@gw/core";
import type { NativePreparation } from "../text-dialect.ts";

/**
 * The path names the model. Where the body names it too, alone or inside the request whose tokens are counted, it must be the
 * same one.
 */
export function prepareNative({
  body,
  model,
}: {
  readonly body: JsonObject;
  readonly model: string;
}): NativePreparation {
  const resource = model.includes("/") ? model : `models/${model}`;
  const set: Record<string, JsonValue> = {};
  if ("model" in body) set.model = resource;
  for (const name of ["generateContentRequest", "generate_content_request"]) {
    const inner = body[name];
    // One that agrees already stays as it is spelled.
    if (isJsonObject(inner) && inner.model !== resource) set[name] = { ...inner, model: resource };
  }
  return { set, remove: [], hideUsage: false };
}
