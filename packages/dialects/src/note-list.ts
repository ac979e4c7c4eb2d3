import type { ParamNote } from "@gw/core/types";
import { dropped, mapped } from "./option-notes.ts";

/** Gathers what became of parameters while a request is written; the same thing said of many parts is kept once. */
export class NoteList {
  readonly #notes = new Map<string, ParamNote>();

  add(...notes: readonly ParamNote[]): void {
    for (const note of notes) this.#notes.set(`${note.outcome} ${note.param} ${note.detail}`, note);
  }

  /** A parameter was not sent. */
  dropped(param: string, detail: string): void {
    this.add(dropped(param, detail));
  }

  /** A parameter was sent as something close to it. */
  mapped(param: string, detail: string): void {
    this.add(mapped(param, detail));
  }

  list(): ParamNote[] {
    return [...this.#notes.values()];
  }
}
