import { applyCommands } from "./apply-commands.ts";
import type { LedgerCommand, LedgerOutcome } from "./ledger-command.ts";
import type { LedgerState } from "./ledger-draft.ts";
import {
  type Balance,
  type Books,
  emptyBalance,
  type LedgerStore,
  type OpenHold,
  type OperationState,
  type SettledRange,
} from "./ledger-store.ts";
import type { Posting } from "./posting.ts";

/** A ledger in memory, for tests and trials: it keeps every posting and is gone with the process. */
export class MemoryLedgerStore implements LedgerStore {
  readonly #postings: Posting[] = [];
  readonly #balances = new Map<string, Balance>();
  readonly #operations = new Map<string, OperationState>();
  /** Ids of the open ones. */
  readonly #open = new Set<string>();

  async apply(commands: readonly LedgerCommand[]): Promise<readonly LedgerOutcome[]> {
    const { outcomes, draft } = applyCommands(this.#state(), commands);
    for (const posting of draft.postings) this.#postings.push(posting);
    for (const [account, balance] of draft.balances) this.#balances.set(account, balance);
    for (const [id, operation] of draft.operations) {
      this.#operations.set(id, operation);
      if (operation.type === "open") this.#open.add(id);
      else this.#open.delete(id);
    }
    return outcomes;
  }

  async balances(accounts: readonly string[]): Promise<readonly Balance[]> {
    return accounts.map((account) => this.#balances.get(account) ?? emptyBalance);
  }

  async balancesUnder(prefix: string): Promise<ReadonlyMap<string, Balance>> {
    const found = [...this.#balances].filter(([account]) => account.startsWith(prefix));
    return new Map(found.sort(([one], [other]) => (one < other ? -1 : 1)));
  }

  async overdue(nowMs: number, limit: number): Promise<readonly string[]> {
    const overdue = this.#holds().filter(({ expiresAtMs }) => expiresAtMs <= nowMs);
    overdue.sort((one, other) => one.expiresAtMs - other.expiresAtMs);
    return overdue.slice(0, limit).map(({ operationId }) => operationId);
  }

  async books(): Promise<Books> {
    return { lastSeq: this.#postings.length, balances: new Map(this.#balances), holds: this.#holds() };
  }

  async postings(afterSeq: number, limit: number): Promise<readonly Posting[]> {
    // Numbers are contiguous here, so that a number is a place.
    return this.#postings.slice(afterSeq, afterSeq + limit);
  }

  async settled({ fromMs, toMs, after, limit }: SettledRange): Promise<readonly Posting[]> {
    const found = this.#postings.filter((posting) => {
      if (posting.settlement === null || posting.atMs < fromMs || posting.atMs >= toMs) return false;
      return after === null || posting.atMs > after.atMs || (posting.atMs === after.atMs && posting.seq > after.seq);
    });
    return found.sort((one, other) => one.atMs - other.atMs || one.seq - other.seq).slice(0, limit);
  }

  #state(): LedgerState {
    return {
      lastSeq: this.#postings.length,
      balance: (account) => this.#balances.get(account) ?? emptyBalance,
      operation: (id) => this.#operations.get(id) ?? null,
    };
  }

  #holds(): OpenHold[] {
    return [...this.#open].flatMap((id) => {
      const operation = this.#operations.get(id);
      return operation?.type === "open" ? [operation.hold] : [];
    });
  }
}
