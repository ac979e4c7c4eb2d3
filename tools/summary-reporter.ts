import type { Reporter, TestCase, TestModule, TestSuite } from "vitest/node";

/**
 * Ends a test run with the skipped tests, each with its reason, and one line that scripts can read:
 * `N passed, N failed, N skipped`.
 *
 * A reason is the note of `context.skip(note)`, else the name of the test or suite itself. A suite that is skipped whole is one
 * entry. A file that cannot be loaded, a failed hook and an error outside every test each count as one failure.
 */
export class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const summary = summarise(modules, unhandledErrors.length);
    if (summary.skips.length > 0) console.log(`\nSkipped:\n${summary.skips.map((line) => `- ${line}`).join("\n")}`);
    console.log(`\n${summary.passed} passed, ${summary.failed} failed, ${summary.skipped} skipped`);
  }
}

interface Summary {
  passed: number;
  failed: number;
  skipped: number;
  /** One line per skipped test, or per suite that was skipped whole. */
  skips: string[];
}

function summarise(modules: readonly TestModule[], otherErrors: number): Summary {
  const summary: Summary = { passed: 0, failed: otherErrors, skipped: 0, skips: [] };
  for (const module of modules) addChildren(module, module.relativeModuleId, summary);
  return summary;
}

function addChildren(parent: TestModule | TestSuite, path: string, summary: Summary): void {
  summary.failed += parent.errors().length;
  for (const child of parent.children) {
    const name = `${path} > ${child.name}`;
    if (child.type === "test") addTest(child, name, summary);
    else if (isSkipped(child)) {
      const tests = [...child.children.allTests()].length;
      summary.skipped += tests;
      summary.skips.push(`${name} (${tests} tests)`);
    } else addChildren(child, name, summary);
  }
}

function isSkipped(suite: TestSuite): boolean {
  return suite.options.mode === "skip" || suite.options.mode === "todo";
}

function addTest(test: TestCase, name: string, summary: Summary): void {
  const result = test.result();
  if (result.state === "passed") summary.passed += 1;
  else if (result.state === "failed") summary.failed += 1;
  else {
    summary.skipped += 1;
    const note = result.state === "skipped" ? result.note : undefined;
    summary.skips.push(note === undefined ? name : `${name}: ${note}`);
  }
}
