const maxRemembered = 16;
const rememberedMs = 120_000;

/**
 * Idempotency keys of calls whose answers reached nobody, by what they asked.
 *
 * An SDK's retry comes as a new call. It may have the key of the one that failed, and with it that call's answer, since nobody
 * else has. Each key is given out once: calls that are equal on purpose do not share an answer.
 */
export class UnansweredKeys {
  #calls: { readonly asked: string; readonly key: string; readonly untilMs: number }[] = [];

  /** @param asked address and body of the call */
  remember(asked: string, key: string): void {
    this.#calls.push({ asked, key, untilMs: performance.now() + rememberedMs });
    if (this.#calls.length > maxRemembered) this.#calls.shift();
  }

  /** The key of such a call, which is then forgotten; `null` where there is none. */
  take(asked: string): string | null {
    this.#calls = this.#calls.filter(({ untilMs }) => untilMs > performance.now());
    const index = this.#calls.findIndex((call) => call.asked === asked);
    return index === -1 ? null : (this.#calls.splice(index, 1)[0]?.key ?? null);
  }
}
