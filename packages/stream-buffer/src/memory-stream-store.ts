import { nextIdOf, partFrom, type StoredPart } from "./stored-part.ts";
import { StreamBufferError } from "./stream-buffer-error.ts";
import type { StreamBatch, StreamRecord, StreamStore } from "./stream-store.ts";

interface Kept {
  record: StreamRecord;
  slabs: readonly StoredPart[];
  pieces: readonly StoredPart[];
}

/**
 * Streams kept in memory, for tests, and where nothing has to outlive the process. It knows no bounds: streams that are to
 * have some are better not `durable`.
 */
export class MemoryStreamStore implements StreamStore {
  readonly #streams = new Map<string, Kept>();
  readonly #names = new Map<string, string>();
  #epoch = 0;

  async open(): Promise<{ readonly epoch: number; readonly unfinished: readonly StreamRecord[] }> {
    this.#epoch += 1;
    const unfinished: StreamRecord[] = [];
    for (const kept of this.#streams.values()) {
      if (kept.record.state !== "open") continue;
      const parts = [...kept.slabs, ...kept.pieces];
      const last = parts.at(-1);
      kept.slabs = parts;
      kept.pieces = [];
      kept.record = {
        ...kept.record,
        nextId: last === undefined ? kept.record.earliestId : nextIdOf(last),
        bytes: parts.reduce((sum, { bytes }) => sum + bytes.length, 0),
      };
      unfinished.push(kept.record);
    }
    return { epoch: this.#epoch, unfinished };
  }

  async write(epoch: number, batch: StreamBatch): Promise<readonly string[]> {
    if (epoch !== this.#epoch) throw new StreamBufferError("fenced", "The store has been opened since");
    for (const record of batch.records) {
      const kept = this.#streams.get(record.id);
      if (kept === undefined) this.#streams.set(record.id, { record, slabs: [], pieces: [] });
      else {
        kept.record = record;
        kept.slabs = kept.slabs.filter((slab) => nextIdOf(slab) > record.earliestId);
      }
    }
    for (const [name, id] of batch.names) this.#names.set(name, id);
    for (const slab of batch.slabs) {
      const kept = this.#streams.get(slab.id) as Kept;
      kept.slabs = [...kept.slabs.filter(({ firstId }) => firstId < slab.firstId), slab];
      kept.pieces = [];
    }
    for (const piece of batch.pieces) {
      const kept = this.#streams.get(piece.id) as Kept;
      kept.pieces = [...kept.pieces.filter(({ firstId }) => firstId < piece.firstId), piece];
    }
    for (const id of batch.removed) this.#forget(id);
    return [];
  }

  async find(idOrName: string): Promise<StreamRecord | null> {
    const kept = this.#streams.get(idOrName) ?? this.#streams.get(this.#names.get(idOrName) ?? "");
    return kept?.record ?? null;
  }

  async read(id: string, fromId: number): Promise<StoredPart | null> {
    const slab = this.#streams.get(id)?.slabs.find((part) => nextIdOf(part) > fromId);
    return slab === undefined ? null : partFrom(slab, fromId);
  }

  async expire(nowMs: number, forgetMs: number): Promise<boolean> {
    for (const [id, kept] of this.#streams) {
      const { expiresAtMs } = kept.record;
      if (expiresAtMs === null || expiresAtMs > nowMs) continue;
      if (expiresAtMs <= forgetMs) this.#forget(id);
      else this.#streams.set(id, { record: { ...kept.record, state: "expired" }, slabs: [], pieces: [] });
    }
    return false;
  }

  #forget(id: string): void {
    this.#streams.delete(id);
    for (const [name, of] of this.#names) if (of === id) this.#names.delete(name);
  }
}
