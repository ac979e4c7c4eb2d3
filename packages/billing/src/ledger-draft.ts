import type { Balance, OpenHold, OperationState } from "./ledger-store.ts";
import { movesHeld, type Posting } from "./posting.ts";

/** What is known before a transaction. Reading it has no effect, and nobody else writes until the transaction ends. */
export interface LedgerState {
  /** Of the newest posting; 0 when there is none. */
  readonly lastSeq: number;
  balance(account: string): Balance;
  /** `null` when there is no such operation. */
  operation(operationId: string): OperationState | null;
}

/** A state and what a transaction changes of it. */
export class LedgerDraft implements LedgerState {
  readonly #before: LedgerState;
  readonly postings: Posting[] = [];
  /** Those that changed. */
  readonly balances = new Map<string, { -readonly [Field in keyof Balance]: Balance[Field] }>();
  /** Those that changed. */
  readonly operations = new Map<string, OperationState>();

  constructor(before: LedgerState) {
    this.#before = before;
  }

  get lastSeq(): number {
    return this.#before.lastSeq + this.postings.length;
  }

  balance(account: string): Balance {
    return this.balances.get(account) ?? this.#before.balance(account);
  }

  operation(operationId: string): OperationState | null {
    return this.operations.get(operationId) ?? this.#before.operation(operationId);
  }

  open(hold: OpenHold): void {
    this.operations.set(hold.operationId, { type: "open", hold });
  }

  /** Books entries. A posting with a step closes its operation. */
  post(unnumbered: Omit<Posting, "seq">): Posting {
    const posting = { ...unnumbered, seq: this.lastSeq + 1 };
    for (const { kind, account, counterAccount, amount } of posting.entries) {
      this.#move(account, movesHeld(kind), amount);
      this.#move(counterAccount, movesHeld(kind), -amount);
    }
    this.postings.push(posting);
    if (posting.step !== null) this.operations.set(posting.operationId, { type: "closed", posting });
    return posting;
  }

  #move(account: string, held: boolean, amount: bigint): void {
    let balance = this.balances.get(account);
    if (balance === undefined) {
      balance = { ...this.#before.balance(account) };
      this.balances.set(account, balance);
    }
    if (held) balance.heldNanoUsd += amount;
    else balance.postedNanoUsd += amount;
  }
}
