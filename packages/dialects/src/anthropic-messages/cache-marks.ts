import { isJsonObject } from "@gw/core";
import type { CacheControl, JsonObject } from "@gw/core/types";
import type { NoteList } from "../note-list.ts";

/** A cache breakpoint on the wire. */
export function encodeCacheControl(cacheControl: CacheControl): JsonObject {
  return { type: "ephemeral", ...(cacheControl.ttl !== undefined && { ttl: cacheControl.ttl }) };
}

/**
 * Makes the breakpoints of a body legal: not more than `most`, and none of an hour after one of five minutes. Too many: the
 * oldest in the messages go first, since a later one covers the same prefix; tools and system keep theirs longest.
 *
 * @param head tools and system blocks, in this order; changed in place, as are `turns`
 * @see griffinmartin/opencode-claude-auth#121 of 2026-04-03 (how many), vellum-ai/vellum-assistant#22191 of 2026-03-30
 * (in which order)
 */
export function limitCacheMarks(
  head: readonly JsonObject[],
  turns: readonly JsonObject[],
  most: number,
  notes: NoteList,
): void {
  const marked = (block: JsonObject) => isJsonObject(block.cache_control);
  const spoken = turns.flatMap(withInner);
  const expendable = [...spoken.filter(marked), ...head.filter(marked)];
  for (const block of expendable.slice(0, Math.max(0, expendable.length - most))) {
    delete block.cache_control;
    notes.dropped("messages.cacheControl", `at most ${most} cache marks`);
  }
  let short = false;
  for (const block of [...head, ...spoken]) {
    if (!isJsonObject(block.cache_control)) continue;
    if (block.cache_control.ttl !== "1h") short = true;
    else if (short) {
      block.cache_control = { ...block.cache_control, ttl: "5m" };
      notes.mapped("messages.cacheControl", "5m, since a shorter mark comes before it");
    }
  }
}

/** A block after what is marked inside it: the parts of a tool's result. */
function withInner(block: JsonObject): JsonObject[] {
  if (block.type !== "tool_result" || !Array.isArray(block.content)) return [block];
  return [...block.content.filter(isJsonObject), block];
}
