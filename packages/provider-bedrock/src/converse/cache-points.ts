import type { CacheControl, JsonObject } from "@gw/core/types";
import type { NoteList } from "@gw/dialects";
import type { CachePlace, ConverseQuirks } from "./converse-quirks.ts";

/** As many as a request may hold. @see AWS's page on prompt caching, read 2026-11-20 */
const most = 4;

/** The cache point behind something, an element of its own; none where none was asked for or the model takes none. */
export function cachePointAfter(
  { cacheControl }: { readonly cacheControl?: CacheControl },
  place: CachePlace,
  quirks: ConverseQuirks,
  notes: NoteList,
): JsonObject[] {
  if (cacheControl === undefined) return [];
  if (quirks.cachePlaces.includes(place)) {
    return [{ cachePoint: { type: "default", ...(cacheControl.ttl === "1h" && { ttl: "1h" }) } }];
  }
  const param = place === "tools" ? "tools.cacheControl" : "messages.cacheControl";
  notes.dropped(param, "the model takes no cache point there");
  return [];
}

/**
 * Takes out the cache points that are too many, from the first list on: a later point covers what an earlier one does.
 *
 * @param lists changed in place; what can best do without its points comes first
 */
export function limitCachePoints(lists: readonly JsonObject[][], notes: NoteList): void {
  const isPoint = (block: JsonObject) => block.cachePoint !== undefined;
  let excess = lists.flat().filter(isPoint).length - most;
  for (const list of lists) {
    while (excess > 0) {
      const at = list.findIndex(isPoint);
      if (at === -1) break;
      list.splice(at, 1);
      excess -= 1;
      notes.dropped("messages.cacheControl", `at most ${most} cache points`);
    }
  }
}
