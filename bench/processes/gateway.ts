import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGateway } from "@gw/gateway";
import { destination, pino } from "pino";
import { announce } from "./announce.ts";

// The gateway as it is run: authentication, metrics, operations and logs on disk, and JSON logs (to nowhere).

const gateway = await createGateway({
  config: {
    providers: {
      upstream: { package: "@gw/provider-openai-compatible", baseUrl: `${process.argv[2]}/v1`, apiKey: "bench" },
    },
  },
  dataDirectory: process.argv[3] ?? mkdtempSync(join(tmpdir(), "gw-bench-")),
  adminKey: "gw_bench",
  sandbox: "off",
  logger: pino({ level: "info" }, destination({ dest: "/dev/null", sync: false, minLength: 4_096 })),
});
const { url } = await gateway.listen({ host: "127.0.0.1", port: 0 });
announce(url, "gw_bench");
