import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGateway } from "@gw/gateway";
import { destination, pino } from "pino";
import { announce } from "./announce.ts";

// The gateway with a limit that one of two models is in scope of; all else is as in gateway.ts.

const price = { inputUsdPerMillion: 1, outputUsdPerMillion: 10 };
const gateway = await createGateway({
  config: {
    providers: {
      upstream: {
        package: "@gw/provider-openai-compatible",
        baseUrl: `${process.argv[2]}/v1`,
        apiKey: "bench",
        models: [
          { id: "free-of-limits", price },
          { id: "limited", price },
        ],
      },
    },
    limits: [{ name: "limited", scope: { model: "upstream/limited" }, usd: 1_000_000, per: "day" }],
  },
  dataDirectory: process.argv[3] ?? mkdtempSync(join(tmpdir(), "gw-bench-")),
  adminKey: "gw_bench",
  sandbox: "off",
  logger: pino({ level: "info" }, destination({ dest: "/dev/null", sync: false, minLength: 4_096 })),
});
const { url } = await gateway.listen({ host: "127.0.0.1", port: 0 });
announce(url, "gw_bench");
