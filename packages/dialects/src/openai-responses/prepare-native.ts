import { isJsonObject, type JsonObject, type JsonValue } from "@gw/core";
import type { NativePreparation } from "../text-dialect.ts";
import { openEnvelope } from "../wire-envelope.ts";

/**
 * What must differ in a body that goes to the vendor as it came: the model's id, and the history where it holds what another
 * vendor thought, sealed by the gateway in an earlier turn. The vendor could not verify it and would refuse the request.
 *
 * Usage always comes in the last event: nothing has to be asked for.
 */
export function prepareNative(request: { readonly body: JsonObject; readonly model: string }): NativePreparation {
  const { input } = request.body;
  const own = Array.isArray(input) ? input.filter((item) => !isForeign(item)) : null;
  const changed = own !== null && own.length < (input as JsonValue[]).length;
  return { set: { model: request.model, ...(changed && { input: own }) }, remove: [], hideUsage: false };
}

function isForeign(item: JsonValue): boolean {
  return (
    isJsonObject(item) &&
    item.type === "reasoning" &&
    typeof item.encrypted_content === "string" &&
    openEnvelope(item.encrypted_content) !== null
  );
}
