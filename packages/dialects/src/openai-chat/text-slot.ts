/**
 * A field of the message that holds one string, while parts may overlap: what a later part says waits until the earlier
 * ones have ended.
 */
export class TextSlot {
  readonly #emit: (text: string) => void;
  /** Text that waits, by part, in the order of the parts. The first part writes straight through. */
  readonly #waiting = new Map<number, string>();
  readonly #ended = new Set<number>();

  constructor(emit: (text: string) => void) {
    this.#emit = emit;
  }

  begin(index: number): void {
    this.#waiting.set(index, "");
  }

  /** Whether what this part says goes straight through. */
  isOpen(index: number): boolean {
    return this.#waiting.keys().next().value === index;
  }

  write(index: number, text: string): void {
    if (this.isOpen(index)) this.#emit(text);
    else this.#waiting.set(index, (this.#waiting.get(index) ?? "") + text);
  }

  end(index: number): void {
    if (!this.isOpen(index)) {
      this.#ended.add(index);
      return;
    }
    this.#waiting.delete(index);
    for (const [next, text] of this.#waiting) {
      if (text !== "") this.#emit(text);
      this.#waiting.set(next, "");
      if (!this.#ended.delete(next)) return;
      this.#waiting.delete(next);
    }
  }
}
