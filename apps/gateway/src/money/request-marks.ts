import { isJsonObject, type JsonObject, type JsonValue } from "@gw/core";

const references = new Set([
  "previous_response_id",
  "file_id",
  "file_uri",
  "fileUri",
  "cachedContent",
  "cached_content",
]);
// With an address, or with what it stands for.
const addresses = new Set(["url", "image_url", "file_url", "document_url", "video_url", "audio_url", "input_audio"]);
// Kept elsewhere, and named as text or by an object with an id.
const kept = new Set(["conversation", "prompt"]);

/**
 * Whether a request names something whose size it does not show. Goes by parsed keys: a key can be spelt with escapes. Arguments of
 * tool calls are text of the caller's, whatever they say.
 */
export function namesMore(value: JsonValue | undefined): boolean {
  if (Array.isArray(value)) return value.some(namesMore);
  if (!isJsonObject(value)) return false;
  for (const key in value) {
    const item = value[key];
    if (typeof item === "string") {
      if (references.has(key) || key === "conversation") return true;
      if (addresses.has(key) && !item.startsWith("data:")) return true;
      if (key === "type" && item === "item_reference") return true;
    } else if (kept.has(key) && isJsonObject(item) && typeof item.id === "string") return true;
    else if (!isArguments(key, value) && namesMore(item)) return true;
  }
  return false;
}

function isArguments(key: string, { type }: JsonObject): boolean {
  return (key === "input" && type === "tool_use") || key === "args";
}

/** Whether a request asks for a cache that is kept for an hour, which costs more to fill: a mark with `ttl: "1h"`. */
export function cachesForAnHour(value: JsonValue | undefined): boolean {
  if (Array.isArray(value)) return value.some(cachesForAnHour);
  if (!isJsonObject(value)) return false;
  for (const key in value) if ((key === "ttl" && value[key] === "1h") || cachesForAnHour(value[key])) return true;
  return false;
}
