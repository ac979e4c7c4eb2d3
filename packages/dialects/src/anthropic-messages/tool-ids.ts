import type { Message } from "@gw/core/types";

/** @see https://github.com/HKUDS/nanobot/pull/4356 (2026-06-15): "String should match pattern" */
const legal = /^[a-zA-Z0-9_-]+$/;
const illegal = /[^a-zA-Z0-9_-]/g;

/**
 * Gives every tool call of a conversation an id that the format takes: legal ids stay, others are rewritten, two calls never
 * share one. Some hosts count calls anew in every turn, so a repeated id is a new call.
 *
 * Ask in the conversation's order: a result belongs to the last call of its id.
 */
export class AnthropicToolIds {
  readonly #reserved = new Set<string>();
  readonly #used = new Set<string>();
  readonly #current = new Map<string, string>();

  constructor(messages: readonly Message[]) {
    for (const message of messages) {
      if (message.role !== "assistant") continue;
      for (const part of message.content) if (part.type === "tool-call") this.#reserved.add(part.id);
    }
  }

  forCall(id: string): string {
    const wireId = legal.test(id) && !this.#used.has(id) ? id : this.#unused(id.replace(illegal, "_") || "call");
    this.#used.add(wireId);
    this.#current.set(id, wireId);
    return wireId;
  }

  forResult(id: string): string {
    return this.#current.get(id) ?? (id.replace(illegal, "_") || "call");
  }

  #unused(base: string): string {
    let candidate = base;
    for (let n = 2; this.#reserved.has(candidate) || this.#used.has(candidate); n++) candidate = `${base}_${n}`;
    return candidate;
  }
}
