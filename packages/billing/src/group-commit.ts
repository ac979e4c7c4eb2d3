import { afterThisTurn } from "./after-this-turn.ts";
import type { LedgerCommand, LedgerOutcome } from "./ledger-command.ts";
import type { LedgerStore } from "./ledger-store.ts";

// What a store that writes in this thread does in a few milliseconds.
const maxGroup = 512;

/**
 * Gives a store all that is asked for within one turn of the event loop, or while the store is busy, as one transaction, of 512
 * commands at most: what is beyond has the next one.
 */
export class GroupCommit {
  readonly #store: Pick<LedgerStore, "apply">;
  #waiting: Asked[] = [];
  #scheduled = false;

  constructor(store: Pick<LedgerStore, "apply">) {
    this.#store = store;
  }

  /**
   * Resolves once it is durable.
   *
   * @throws {GatewayError} `unavailable`
   */
  submit(command: LedgerCommand): Promise<LedgerOutcome> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ command, resolve, reject });
      if (this.#scheduled) return;
      this.#scheduled = true;
      afterThisTurn(() => this.#commit());
    });
  }

  async #commit(): Promise<void> {
    const group = this.#waiting.splice(0, maxGroup);
    try {
      const outcomes = await this.#store.apply(group.map(({ command }) => command));
      for (const [index, { resolve }] of group.entries()) resolve(outcomes[index] as LedgerOutcome);
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
    this.#scheduled = this.#waiting.length > 0;
    if (this.#scheduled) afterThisTurn(() => this.#commit());
  }
}

interface Asked {
  readonly command: LedgerCommand;
  readonly resolve: (outcome: LedgerOutcome) => void;
  readonly reject: (error: unknown) => void;
}
