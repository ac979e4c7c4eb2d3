import { Slab } from "./slab.ts";

/** The slabs of one stream, oldest first. All but the last are complete. */
export class SlabList {
  #slabs: Slab[] = [];
  #length = 0;
  #memoryBytes = 0;

  get last(): Slab | undefined {
    return this.#slabs.at(-1);
  }

  /** Of their events, also where a slab is released. */
  get length(): number {
    return this.#length;
  }

  get memoryBytes(): number {
    return this.#memoryBytes;
  }

  append(id: number, event: Uint8Array): void {
    let slab = this.last;
    if (slab === undefined || slab.nextId !== id || !slab.hasRoomFor(event)) {
      slab = new Slab(id);
      this.#slabs.push(slab);
    }
    this.#memoryBytes -= slab.memoryBytes;
    slab.append(event);
    this.#memoryBytes += slab.memoryBytes;
    this.#length += event.length;
  }

  /** The slab with the first event of this id or a later one. */
  at(id: number): Slab | undefined {
    return this.#slabs[this.#indexOf(id)];
  }

  /** That slab and all after it. */
  from(id: number): readonly Slab[] {
    return this.#slabs.slice(this.#indexOf(id));
  }

  /** Lets go of the events of slabs that end before an id; the last slab stays. */
  release(beforeId: number): void {
    for (const slab of this.#slabs) {
      if (slab === this.last || slab.nextId > beforeId) return;
      this.#memoryBytes -= slab.memoryBytes;
      slab.release();
    }
  }

  /** Gives up the oldest slab; the last one stays. @returns the first id that is left, or `null` when nothing was given up */
  loseOldest(): number | null {
    if (this.#slabs.length < 2) return null;
    const lost = this.#slabs.shift() as Slab;
    this.#length -= lost.length;
    this.#memoryBytes -= lost.memoryBytes;
    return (this.#slabs[0] as Slab).firstId;
  }

  clear(): void {
    this.#slabs = [];
    this.#length = 0;
    this.#memoryBytes = 0;
  }

  #indexOf(id: number): number {
    let [low, high] = [0, this.#slabs.length];
    // Nearly all who ask follow the end.
    if (high > 0 && id >= (this.#slabs[high - 1] as Slab).firstId) low = high - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#slabs[middle] as Slab).nextId > id) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
