import type { Provider } from "@gw/core/types";
import type { Fixtures } from "../fixtures/fixtures.ts";
import { readFixtures } from "../fixtures/read-fixtures.ts";
import { answerCases } from "./answer-cases.ts";
import { connectionCases } from "./connection-cases.ts";
import { errorCases } from "./error-cases.ts";
import { modalityCases } from "./modality-cases.ts";
import { nativeCases } from "./native-cases.ts";
import { requestCases } from "./request-cases.ts";
import { secretCases } from "./secret-cases.ts";
import { streamCases } from "./stream-cases.ts";
import { type ContractCase, type CreateOptions, createSuite } from "./suite.ts";

/** What the suite needs to know of a provider. What it can do is not part of it: that is read from its capabilities. */
export interface ContractOptions {
  /** Makes the provider under test. */
  create(options: CreateOptions): Provider;
  /** The folder of wire fixtures, such as `new URL("./wire/", import.meta.url)`. */
  readonly fixtures: URL;
  /** The dialect of the translated lane, where the provider can be told; that of `source.json` otherwise. */
  readonly dialect?: string;
  /** Cases that cannot hold, by their exact names, and why: a sentence that a user of the provider could read. */
  readonly skip?: readonly { readonly reason: string; readonly tests: readonly string[] }[];
  /** How long anything may take before its case fails; 5,000. */
  readonly boundMs?: number;
}

/** A case, and why it is left out where it is. */
export interface SelectedCase extends ContractCase {
  readonly skipReason: string | null;
}

/**
 * The contract of one provider as data, for runners of one's own. Its capabilities choose the cases.
 *
 * @throws {TypeError} when `source.json` is not of its format, or a skip has no reason or names no case
 */
export function contractCases(options: ContractOptions): SelectedCase[] {
  const read = readFixtures(options.fixtures);
  const fixtures: Fixtures = options.dialect === undefined ? read : read.speaking(options.dialect);
  const suite = createSuite(options.create, fixtures, options.boundMs ?? 5_000);
  const cases = [
    modalityCases,
    requestCases,
    answerCases,
    streamCases,
    errorCases,
    connectionCases,
    secretCases,
    nativeCases,
  ].flatMap((make) => make(suite));

  const reasons = new Map<string, string>();
  for (const { reason, tests } of options.skip ?? []) {
    if (reason.trim() === "") throw new TypeError(`Skipping ${tests.join(", ")} needs a reason`);
    for (const test of tests) {
      if (!cases.some(({ name }) => name === test)) throw new TypeError(`There is no case "${test}" to skip`);
      reasons.set(test, reason);
    }
  }
  return cases.map((one) => ({ ...one, skipReason: reasons.get(one.name) ?? null }));
}
