import { isJsonObject, type JsonObject, type JsonValue } from "@gw/core";
import type { NativePreparation } from "../text-dialect.ts";
import { nativeHistory } from "./native-history.ts";
import type { GeminiQuirks } from "./quirks.ts";

/**
 * The path names the model. Where the body names it too, alone or inside the request whose tokens are counted, it must be the
 * same one. The history must hold nothing that only another vendor can read.
 */
export function prepareNative(
  { body, model }: { readonly body: JsonObject; readonly model: string },
  quirks: GeminiQuirks = {},
): NativePreparation {
  const resource = model.includes("/") ? model : `models/${model}`;
  const set: Record<string, JsonValue> = {};
  if ("model" in body) set.model = resource;
  for (const name of ["generateContentRequest", "generate_content_request"]) {
    const inner = body[name];
    if (!isJsonObject(inner)) continue;
    const contents = nativeHistory(inner.contents, quirks.requireSignatures === true);
    // One that agrees already stays as it is spelled.
    if (inner.model === resource && contents === null) continue;
    set[name] = { ...inner, model: resource, ...(contents !== null && { contents }) };
  }
  const contents = nativeHistory(body.contents, quirks.requireSignatures === true);
  if (contents !== null) set.contents = contents;
  return { set, remove: [], hideUsage: false };
}
