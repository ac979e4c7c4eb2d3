import type { LedgerCommand, LedgerOutcome } from "../../src/index.ts";

interface OracleOperation {
  accounts: readonly string[];
  held: bigint;
  metered: bigint | null;
  expiresAtMs: number;
  /** `null` while it is open. */
  closedBy: "settle" | "void" | "expire" | "correction" | null;
  cost: bigint;
  priceRow: string | null;
}

/** A ledger with nothing but sums, written without a look at the real one: what it should come to. */
export class Oracle {
  readonly posted = new Map<string, bigint>();
  readonly held = new Map<string, bigint>();
  readonly operations = new Map<string, OracleOperation>();
  readonly #topUps = new Set<string>();

  /** What the outcome has to be, in short. */
  apply(command: LedgerCommand): string {
    if (command.type === "settle" || command.type === "void") {
      const { costNanoUsd, priceRow } = command.settlement;
      return this.#close(command.operationId, command.type, costNanoUsd ?? 0n, priceRow);
    }
    const operation = this.operations.get(command.operationId);
    if (command.type === "top-up") {
      if (!this.#topUps.has(command.operationId)) {
        this.#post([command.account], command.feeNanoUsd - command.amountNanoUsd);
        this.#topUps.add(command.operationId);
      }
      return "closed top-up";
    }
    if (command.type === "hold") {
      if (operation !== undefined) return outcomeOf(operation);
      const { accounts, amountNanoUsd, expiresAtMs } = command;
      for (const { account, limitNanoUsd } of accounts) {
        if (this.#sum(account) + amountNanoUsd > limitNanoUsd) return "refused";
      }
      const ids = accounts.map(({ account }) => account);
      this.#hold(ids, amountNanoUsd);
      const opened = { metered: null, closedBy: null, cost: 0n, priceRow: null };
      this.operations.set(command.operationId, { ...opened, accounts: ids, held: amountNanoUsd, expiresAtMs });
      return `open ${amountNanoUsd}`;
    }
    if (operation === undefined) return "unknown";
    if (command.type === "expire") {
      if (operation.closedBy !== null || operation.expiresAtMs > command.atMs) return outcomeOf(operation);
      return this.#close(command.operationId, "expire", operation.metered ?? operation.held, null);
    }
    if (command.type === "correct") {
      const { costNanoUsd, priceRow } = command.price;
      if (operation.closedBy === null) return "invalid";
      if (operation.cost !== costNanoUsd || operation.priceRow !== priceRow) {
        this.#post(["usage", ...operation.accounts], costNanoUsd - operation.cost);
        Object.assign(operation, { closedBy: "correction", cost: costNanoUsd, priceRow });
      }
      return outcomeOf(operation);
    }
    if (operation.closedBy !== null) return outcomeOf(operation);
    if (command.type === "meter") {
      operation.metered = command.costNanoUsd;
      return outcomeOf(operation);
    }
    if (command.type !== "extend") throw new Error(`No rule for ${command.type}`);
    for (const { account, limitNanoUsd } of command.accounts) {
      if (this.#sum(account) + command.byNanoUsd > limitNanoUsd) return "refused";
    }
    this.#hold(operation.accounts, command.byNanoUsd);
    operation.held += command.byNanoUsd;
    operation.expiresAtMs = command.expiresAtMs;
    return outcomeOf(operation);
  }

  #close(id: string, how: "settle" | "void" | "expire", cost: bigint, priceRow: string | null): string {
    const operation = this.operations.get(id);
    if (operation === undefined) {
      this.#post(["usage"], cost);
      const never = { accounts: [], held: 0n, metered: null, expiresAtMs: 0 };
      this.operations.set(id, { ...never, closedBy: how, cost, priceRow });
      return `closed ${how} ${cost}`;
    }
    if (operation.closedBy === null) {
      this.#hold(operation.accounts, -operation.held);
      this.#post(["usage", ...operation.accounts], cost);
      Object.assign(operation, { closedBy: how, cost, priceRow });
    } else if (operation.closedBy === "expire" && how !== "expire") {
      this.#post(["usage", ...operation.accounts], cost - operation.cost);
      Object.assign(operation, { closedBy: "correction", cost, priceRow });
    }
    return outcomeOf(operation);
  }

  #sum(account: string): bigint {
    return (this.posted.get(account) ?? 0n) + (this.held.get(account) ?? 0n);
  }

  #post(accounts: readonly string[], amount: bigint): void {
    for (const account of accounts) this.posted.set(account, (this.posted.get(account) ?? 0n) + amount);
  }

  #hold(accounts: readonly string[], amount: bigint): void {
    for (const account of accounts) this.held.set(account, (this.held.get(account) ?? 0n) + amount);
  }
}

function outcomeOf({ closedBy, held, cost }: OracleOperation): string {
  return closedBy === null ? `open ${held}` : `closed ${closedBy} ${cost}`;
}

/** A real outcome in the same short words. */
export function inShort(outcome: LedgerOutcome): string {
  if (outcome.type === "open") return `open ${outcome.heldNanoUsd}`;
  if (outcome.type !== "closed") return outcome.type;
  const { kind, settlement } = outcome.posting;
  return settlement === null ? `closed ${kind}` : `closed ${kind} ${settlement.costNanoUsd ?? 0n}`;
}
