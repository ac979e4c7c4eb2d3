import { circuitOf } from "./circuit-of.ts";
import type { RouteTarget } from "./route-plan.ts";

interface Answered {
  readonly circuit: string;
  readonly untilMs: number;
}

// As long as vendors keep a prompt cache that is not used again: https://platform.claude.com/docs/en/build-with-claude/prompt-caching
// (read 2026-11-29).
const rememberedMs = 300_000;

// Session ids are callers' words: without a bound they could fill the memory.
const maxSessions = 50_000;

/** Which target last answered a session, so that the next call finds its prompt in that target's cache. In memory, bounded. */
export class SessionAffinity {
  readonly #sessions = new Map<string, Answered>();

  /** How many sessions are remembered. */
  get size(): number {
    return this.#sessions.size;
  }

  /** The circuit that answered within the last 5 minutes; `null` where none did. */
  preferred(key: string, nowMs: number): string | null {
    const answered = this.#sessions.get(key);
    return answered === undefined || answered.untilMs <= nowMs ? null : answered.circuit;
  }

  /** Where the session goes from now on, be it that its first target had failed: its cache is warm there. */
  answered(key: string, target: RouteTarget, nowMs: number): void {
    this.#sessions.delete(key);
    this.#sessions.set(key, { circuit: circuitOf(target), untilMs: nowMs + rememberedMs });
    // Who answered last comes last, so that those whose time is over are the first.
    for (const [oldest, { untilMs }] of this.#sessions) {
      if (untilMs > nowMs && this.#sessions.size <= maxSessions) return;
      this.#sessions.delete(oldest);
    }
  }
}
