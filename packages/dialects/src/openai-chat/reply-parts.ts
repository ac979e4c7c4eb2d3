import type { JsonObject, JsonValue, ReasoningPart, TextEvent } from "@gw/core/types";
import { dialectId } from "./dialect-id.ts";
import { keepOptions, ownOptions } from "./part-options.ts";

type OpenPart =
  | { readonly kind: "text" | "refusal"; readonly index: number }
  | {
      readonly kind: "reasoning";
      readonly index: number;
      /** What later fragments of the same part have in common. */
      readonly key: string;
      text: string;
      signature?: string;
      sealed?: string;
      options: JsonObject;
    };

/**
 * Turns fragments of text, reasoning and refusals into parts of events.
 *
 * Only one of them is open at a time: whoever reads the events may not begin the next part before the last has ended.
 */
export class ReplyParts {
  readonly #events: () => TextEvent[];
  #nextIndex = 0;
  #open: OpenPart | null = null;
  #annotations: JsonValue[] = [];
  refused = false;

  /** @param events where events of the current frame go */
  constructor(events: () => TextEvent[]) {
    this.#events = events;
  }

  /** The index of a part that begins now. */
  takeIndex(): number {
    return this.#nextIndex++;
  }

  text(text: string, logprobs: JsonObject | null): void {
    const { index } = this.#open?.kind === "text" ? this.#open : this.#begin("text");
    this.#events().push({ type: "text-delta", index, text, ...(logprobs !== null && { logprobs }) });
  }

  refusal(text: string): void {
    this.refused = true;
    const { index } = this.#open?.kind === "refusal" ? this.#open : this.#begin("refusal");
    this.#events().push({ type: "refusal-delta", index, text });
  }

  /** Sources and the like: they belong to the text that is open, or to the last one. */
  annotate(annotations: readonly JsonValue[]): void {
    this.#annotations.push(...annotations);
  }

  /** @param key fragments with the same key are one part */
  reasoning(part: ReasoningPart, key: string): void {
    let open = this.#open;
    if (open?.kind !== "reasoning" || open.key !== key || (open.sealed !== undefined && part.sealed !== undefined)) {
      this.close();
      open = { kind: "reasoning", index: this.takeIndex(), key, text: "", options: {} };
      this.#open = open;
      this.#events().push({
        type: "reasoning-start",
        index: open.index,
        origin: part.origin,
        ...(part.id !== undefined && { id: part.id }),
      });
    }
    if (part.text !== "") this.#events().push({ type: "reasoning-delta", index: open.index, text: part.text });
    open.text += part.text;
    if (part.signature !== undefined) open.signature = part.signature;
    if (part.sealed !== undefined) open.sealed = part.sealed;
    if (part.origin === dialectId) Object.assign(open.options, ownOptions(part));
  }

  /** Whether these are the words of the reasoning that is open under this key, all of them. */
  isOpenReasoning(text: string, key: string): boolean {
    return this.#open?.kind === "reasoning" && this.#open.key === key && this.#open.text === text;
  }

  #begin(kind: "text" | "refusal"): { readonly index: number } {
    this.close();
    const open = { kind, index: this.takeIndex() };
    this.#open = open;
    this.#events().push(
      kind === "text" ? { type: "text-start", index: open.index } : { type: "refusal-start", index: open.index },
    );
    return open;
  }

  /** Ends the part that is open. */
  close(): void {
    const open = this.#open;
    this.#open = null;
    switch (open?.kind) {
      case "text":
        this.#events().push({ type: "text-end", index: open.index, ...this.#takeAnnotations() });
        break;
      case "refusal":
        this.#events().push({ type: "refusal-end", index: open.index });
        break;
      case "reasoning":
        this.#events().push({
          type: "reasoning-end",
          index: open.index,
          ...(open.signature !== undefined && { signature: open.signature }),
          ...(open.sealed !== undefined && { sealed: open.sealed }),
          ...keepOptions(open.options),
        });
        break;
    }
  }

  /** Ends everything. Annotations that came after their text get an empty one to ride on. */
  finish(): void {
    this.close();
    if (this.#annotations.length > 0) {
      this.#begin("text");
      this.close();
    }
  }

  #takeAnnotations(): ReturnType<typeof keepOptions> {
    const annotations = this.#annotations;
    this.#annotations = [];
    return annotations.length === 0 ? {} : keepOptions({ annotations });
  }
}
