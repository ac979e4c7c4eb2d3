import {
  creditAccount,
  type LedgerAccount,
  type LedgerCommand,
  type LedgerStore,
  type SettledPrice,
  verify,
} from "../../src/index.ts";
import { inShort, Oracle } from "./oracle.ts";
import { SeededRandom } from "./seeded-random.ts";

const credits = [creditAccount("one"), creditAccount("two")];
const dimensions = { provider: "acme", model: "m" };

/**
 * Does random things to an empty store, many in a transaction, and demands that each ends as the oracle says, that no hold
 * passed a limit, and that the books verify.
 *
 * @returns how often each outcome came
 * @throws when something differs
 */
export async function randomOperations(
  store: LedgerStore,
  { seed, count }: { readonly seed: number; readonly count: number },
): Promise<Record<string, number>> {
  const random = new SeededRandom(seed);
  const oracle = new Oracle();
  const totals: Record<string, number> = {};
  const newest: string[] = [];
  let nowMs = 0;
  for (let done = 0; done < count; ) {
    const batch: LedgerCommand[] = [];
    for (let size = 1 + random.below(64); size > 0 && done < count; size -= 1, done += 1) {
      nowMs += random.below(3);
      batch.push(randomCommand(random, newest, nowMs));
    }
    const expected = batch.map((command) => oracle.apply(command));
    const outcomes = (await store.apply(batch)).map(inShort);
    for (const [index, wanted] of expected.entries()) {
      const got = outcomes[index] as string;
      const name = `${batch[index]?.type} ${got.replace(/ \d+$/, "")}`;
      totals[name] = (totals[name] ?? 0) + 1;
      if (got !== wanted)
        throw new Error(`seed ${seed}: ${JSON.stringify(batch[index], asText)}: ${got}, not ${wanted}`);
    }
  }
  const ids = new Set([...oracle.posted.keys(), ...oracle.held.keys()]);
  const balances = await store.balances([...ids]);
  for (const [index, account] of [...ids].entries()) {
    const { postedNanoUsd, heldNanoUsd } = balances[index] ?? {};
    if (postedNanoUsd !== (oracle.posted.get(account) ?? 0n) || heldNanoUsd !== (oracle.held.get(account) ?? 0n)) {
      throw new Error(`seed ${seed}: ${account} is ${postedNanoUsd} and ${heldNanoUsd}`);
    }
  }
  const { problems } = await verify(store, Number.NEGATIVE_INFINITY);
  if (problems.length > 0) throw new Error(`seed ${seed}: ${JSON.stringify(problems)}`);
  return totals;
}

/** About one of those that are under way, mostly; `newest` is what was held last. */
function randomCommand(random: SeededRandom, newest: string[], atMs: number): LedgerCommand {
  const kind = random.below(100);
  const fresh = `operation ${atMs} ${random.below(1_000_000)}`;
  if (kind < 35) {
    newest.push(fresh);
    if (newest.length > 100) newest.shift();
    const operationId = random.chance(3) ? random.pick(newest) : fresh;
    const expiresAtMs = atMs + random.below(200);
    return {
      type: "hold",
      operationId,
      accounts: accountsOf(operationId),
      amountNanoUsd: randomAmount(random),
      expiresAtMs,
      dimensions,
      atMs,
    };
  }
  const operationId = newest.length === 0 || random.chance(2) ? fresh : random.pick(newest);
  if (kind < 45) {
    const byNanoUsd = randomAmount(random);
    return { type: "extend", operationId, accounts: accountsOf(operationId), byNanoUsd, expiresAtMs: atMs + 100, atMs };
  }
  if (kind < 55) return { type: "meter", operationId, costNanoUsd: randomAmount(random), atMs };
  if (kind < 62) return { type: "expire", operationId, atMs };
  if (kind < 66) return { type: "correct", operationId, price: randomPrice(random), atMs };
  if (kind < 74) {
    const amountNanoUsd = randomAmount(random) * 4n;
    const { account } = random.pick(credits);
    return {
      type: "top-up",
      operationId: `invoice ${fresh}`,
      account,
      amountNanoUsd,
      feeNanoUsd: amountNanoUsd / 20n,
      atMs,
    };
  }
  const common = { tokens: { input: random.below(100) }, estimated: false, errorCode: null, dimensions };
  if (kind < 82) {
    const settlement = { ...common, provider: "acme", costNanoUsd: 0n, priceRow: null, lines: [] };
    return { type: "void", operationId, accounts: null, settlement, atMs };
  }
  const unpriced = { priceRow: null, lines: [], costNanoUsd: null };
  const price = random.chance(3) ? unpriced : randomPrice(random);
  const settlement = { ...common, ...price, provider: random.pick(["acme", "zeta"]) };
  return { type: "settle", operationId, accounts: null, settlement, atMs };
}

/** The same for the same operation, so that it can be extended; a window is new before it is full for long. */
function accountsOf(operationId: string): LedgerAccount[] {
  const window = Math.floor(Number(operationId.split(" ")[1]) / 2_000);
  const limits = Array.from({ length: 12 }, (_, index): LedgerAccount => {
    // Three of them are beyond what a double counts exactly.
    const limitNanoUsd = index < 3 ? 2n ** 55n : 20_000n;
    return {
      account: `limit/team/day/${window}/=t${index}`,
      limit: "team",
      limitNanoUsd,
      resetsAtMs: null,
      earlier: [],
    };
  });
  const random = new SeededRandom(
    [...operationId].reduce((hash, letter) => Math.imul(hash, 31) + letter.charCodeAt(0), 7),
  );
  return [...limits, ...credits].filter(() => random.chance(15));
}

function randomAmount(random: SeededRandom): bigint {
  return random.chance(1)
    ? 2n ** 52n + BigInt(random.below(1_000))
    : BigInt(random.below(random.chance(50) ? 300 : 3_000));
}

/** A price with the remainder that rounding leaves. */
function randomPrice(random: SeededRandom): SettledPrice {
  const costPicoUsd = randomAmount(random) * 1_000n + BigInt(random.below(1_000));
  const lines = [
    { class: "input", units: 10, costPicoUsd: costPicoUsd / 3n },
    { class: "output", units: 10, costPicoUsd: costPicoUsd - costPicoUsd / 3n },
  ];
  return { priceRow: `acme/m@${random.below(5)}`, lines, costNanoUsd: (costPicoUsd + 500n) / 1_000n };
}

function asText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
