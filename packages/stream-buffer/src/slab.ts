import type { EventRun } from "./buffered-stream.ts";
import type { StoredPart } from "./stored-part.ts";

/** A slab takes no further event beyond this size. One event may be larger. */
export const slabBytes = 65_536;

// A stream of a few events should not own a whole slab.
const firstBytes = 512;
const firstEvents = 8;

/** Consecutive events, copied one behind the other, and where each ends. What it gives out are views. */
export class Slab {
  readonly firstId: number;
  #count = 0;
  #length = 0;
  #ends = new Int32Array(firstEvents);
  /** `null` once released. */
  #bytes: Uint8Array | null = new Uint8Array(0);

  constructor(firstId: number) {
    this.firstId = firstId;
  }

  get nextId(): number {
    return this.firstId + this.#count;
  }

  /** Of its events. */
  get length(): number {
    return this.#length;
  }

  get released(): boolean {
    return this.#bytes === null;
  }

  /** What it takes of the memory. */
  get memoryBytes(): number {
    return this.#bytes === null ? 0 : this.#bytes.length + this.#ends.byteLength;
  }

  hasRoomFor(event: Uint8Array): boolean {
    return this.#count === 0 || this.#length + event.length <= slabBytes;
  }

  append(event: Uint8Array): void {
    let bytes = this.#bytes as Uint8Array;
    const end = this.#length + event.length;
    if (end > bytes.length) {
      const grown = new Uint8Array(Math.max(end, Math.min(Math.max(bytes.length * 2, firstBytes), slabBytes)));
      grown.set(bytes);
      this.#bytes = bytes = grown;
    }
    if (this.#count === this.#ends.length) {
      const grown = new Int32Array(this.#count * 2);
      grown.set(this.#ends);
      this.#ends = grown;
    }
    bytes.set(event, this.#length);
    this.#ends[this.#count] = end;
    this.#count += 1;
    this.#length = end;
  }

  /** The events from one id to before another; both have to be in its range. */
  run(fromId: number, toId: number): EventRun {
    return {
      firstId: fromId,
      count: toId - fromId,
      bytes: (this.#bytes as Uint8Array).subarray(this.#startOf(fromId), this.#startOf(toId)),
    };
  }

  /** The events from an id on. */
  part(fromId: number): StoredPart {
    const start = this.#startOf(fromId);
    return {
      firstId: fromId,
      ends: this.#ends.slice(fromId - this.firstId, this.#count).map((end) => end - start),
      bytes: (this.#bytes as Uint8Array).subarray(start, this.#length),
    };
  }

  /** Lets go of the events, and remembers how many there were. */
  release(): void {
    this.#bytes = null;
    this.#ends = new Int32Array(0);
  }

  #startOf(id: number): number {
    return id === this.firstId ? 0 : (this.#ends[id - this.firstId - 1] as number);
  }
}
