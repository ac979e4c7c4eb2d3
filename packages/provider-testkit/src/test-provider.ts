import { describe, test } from "vitest";
import { type ContractOptions, contractCases } from "./contract/contract-cases.ts";

/**
 * Registers the contract of one provider with vitest, a test for each case.
 *
 * A capability that is declared and has no fixture fails, saying which fixture is missing; a skipped case says why in its name.
 */
export function testProvider(name: string, options: ContractOptions): void {
  describe(name, () => {
    // Cutting a stream at every offset asks for thousands of replies.
    const timeoutMs = 60_000;
    for (const { name: caseName, skipReason, run } of contractCases(options)) {
      if (skipReason === null) test(caseName, run, timeoutMs);
      else test.skip(`${caseName} (${skipReason})`, run);
    }
  });
}
