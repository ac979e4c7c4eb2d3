import type { ParamNote } from "@gw/core/types";
import { dropped, mapped } from "../option-notes.ts";

/** Gathers what became of parameters; the same thing said of many parts is kept once. */
export class Notes {
  readonly #notes = new Map<string, ParamNote>();

  add(note: ParamNote): void {
    this.#notes.set(`${note.outcome} ${note.param} ${note.detail}`, note);
  }

  dropped(param: string, detail: string): void {
    this.add(dropped(param, detail));
  }

  mapped(param: string, detail: string): void {
    this.add(mapped(param, detail));
  }

  list(): ParamNote[] {
    return [...this.#notes.values()];
  }
}
