import { slabBytes } from "./slab.ts";

/** Events of one stream with consecutive ids. */
export interface StoredPart {
  readonly firstId: number;
  /** Where each event ends in `bytes`. */
  readonly ends: Int32Array;
  /** Never changes: a store may keep it without a copy. */
  readonly bytes: Uint8Array;
}

/** The id after a part's last event. */
export function nextIdOf(part: StoredPart): number {
  return part.firstId + part.ends.length;
}

/** What a part has from an event on, that event or the first after it. */
export function partFrom(part: StoredPart, fromId: number): StoredPart {
  if (fromId <= part.firstId) return part;
  const start = part.ends[fromId - part.firstId - 1] as number;
  return {
    firstId: fromId,
    ends: part.ends.slice(fromId - part.firstId).map((end) => end - start),
    bytes: part.bytes.subarray(start),
  };
}

/** Parts that follow each other, as one. */
function joinParts(parts: readonly [StoredPart, ...StoredPart[]]): StoredPart {
  if (parts.length === 1) return parts[0];
  const ends = new Int32Array(parts.reduce((sum, part) => sum + part.ends.length, 0));
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.bytes.length, 0));
  let [count, length] = [0, 0];
  for (const part of parts) {
    for (const end of part.ends) ends[count++] = length + end;
    bytes.set(part.bytes, length);
    length += part.bytes.length;
  }
  return { firstId: parts[0].firstId, ends, bytes };
}

/** Parts in the order of their ids put together, to slabs as large as they may be. A gap in the ids begins a new one. */
export function slabsOf(parts: readonly StoredPart[]): StoredPart[] {
  const groups: [StoredPart, ...StoredPart[]][] = [];
  let length = 0;
  for (const part of parts) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    length += part.bytes.length;
    if (last !== undefined && nextIdOf(last) === part.firstId && length <= slabBytes) group?.push(part);
    else {
      groups.push([part]);
      length = part.bytes.length;
    }
  }
  return groups.map(joinParts);
}
