import { createHash } from "node:crypto";
import type { PromptSegment } from "./prompt-segments.ts";

/** The part of a prompt's tokens that went through the cache. */
export interface CacheUse {
  readonly readTokens: number;
  readonly writtenTokens: number;
  /** Part of `writtenTokens` that is kept for an hour. */
  readonly written1hTokens: number;
}

const mostEntries = 1_000;
// The least that the vendor caches for most models.
// @see https://docs.claude.com/en/docs/build-with-claude/prompt-caching (2026-11-20)
const leastTokens = 1_024;
const lifeMs = { "5m": 300_000, "1h": 3_600_000 };

/** A prompt cache that is filled by breakpoints alone, as Anthropic's is: the same calls in the same order read and write the same. */
export class PromptCache {
  readonly #expiry = new Map<string, number>();

  /** What a call with this prompt reads, and then leaves in the cache. */
  use(model: string, segments: readonly PromptSegment[], nowMs: number): CacheUse {
    const marks = this.#marks(model, segments);
    const read = marks.findLast(({ key }) => (this.#expiry.get(key) ?? 0) > nowMs);
    let previous = read?.tokens ?? 0;
    let written = 0;
    let written1h = 0;
    for (const { key, tokens, ttl } of marks) {
      this.#expiry.delete(key);
      this.#expiry.set(key, nowMs + lifeMs[ttl]);
      if (tokens <= previous) continue;
      written += tokens - previous;
      if (ttl === "1h") written1h += tokens - previous;
      previous = tokens;
    }
    for (const key of this.#expiry.keys()) {
      if (this.#expiry.size <= mostEntries) break;
      this.#expiry.delete(key);
    }
    return { readTokens: read?.tokens ?? 0, writtenTokens: written, written1hTokens: written1h };
  }

  #marks(model: string, segments: readonly PromptSegment[]): { key: string; tokens: number; ttl: "5m" | "1h" }[] {
    const hash = createHash("sha256").update(model);
    const marks = [];
    let tokens = 0;
    for (const segment of segments) {
      hash.update(segment.content);
      tokens += segment.tokens;
      if (segment.cacheControl === undefined || tokens < leastTokens) continue;
      marks.push({ key: hash.copy().digest("base64"), tokens, ttl: segment.cacheControl.ttl ?? "5m" });
    }
    return marks;
  }
}
