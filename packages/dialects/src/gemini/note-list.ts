import type { ParamNote } from "@gw/core/types";

/** Collects notes, each once. */
export class NoteList {
  readonly #notes = new Map<string, ParamNote>();

  add(...notes: readonly ParamNote[]): void {
    for (const note of notes) this.#notes.set(`${note.param} ${note.outcome} ${note.detail}`, note);
  }

  list(): readonly ParamNote[] {
    return [...this.#notes.values()];
  }
}
