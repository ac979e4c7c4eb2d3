import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGateway } from "@gw/gateway";
import { destination, pino } from "pino";
import { announce } from "./announce.ts";

// The gateway as it is run, with a vendor that answers behind one that has no capacity, and behind one where nobody listens.
// Breakers stay closed: each call has its failure.

const [well, sick, nobody] = process.argv.slice(2);
const vendor = (url: string | undefined) => ({
  package: "@gw/provider-openai-compatible",
  baseUrl: `${url}/v1`,
  apiKey: "bench",
});
const offers = [{ provider: "well", model: "bench" }];

const gateway = await createGateway({
  config: {
    providers: { well: vendor(well), sick: vendor(sick), nobody: vendor(nobody) },
    models: { "sick/bench": { offers }, "nobody/bench": { offers } },
    breaker: { failuresInRow: 1_000_000, minCalls: 1_000_000 },
  },
  dataDirectory: mkdtempSync(join(tmpdir(), "gw-bench-")),
  adminKey: "gw_bench",
  sandbox: "off",
  logger: pino({ level: "info" }, destination({ dest: "/dev/null", sync: false, minLength: 4_096 })),
});
const { url } = await gateway.listen({ host: "127.0.0.1", port: 0 });
announce(url, "gw_bench");
