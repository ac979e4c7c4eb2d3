import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { SummaryReporter } from "./tools/summary-reporter.ts";

// The source condition lets tests run without a build; vitest asks both resolvers.
const conditions = ["@gw/source", "node", "import", "module", "default"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["packages/*/test/**/*.test.ts", "apps/*/test/**/*.test.ts", "test/**/*.test.ts"],
    testTimeout: 20_000,
    // Much of the suite waits for processes and sockets: on two cores a second worker takes a third off its time.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    reporters: ["default", new SummaryReporter()],
  },
});
