import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** What an example of a README may need to talk to. */
export interface ExampleServices {
  readonly sandboxUrl: string;
  readonly gatewayUrl: string;
  /** A key that the gateway takes. */
  readonly gatewayKey: string;
  /** For the process that runs an example: where the services are, and keys that they take. */
  readonly environment: NodeJS.ProcessEnv;
  close(): void;
}

const adminKey = "gw_example_admin_key";
const startTimeoutMs = 60_000;

/**
 * Starts the sandbox and a gateway in front of it, from source, on free ports of the loopback.
 *
 * @param dataDirectory Where the gateway keeps its files.
 */
export async function startExampleServices(root: string, dataDirectory: string): Promise<ExampleServices> {
  const sandbox = start(root, ["packages/sandbox/src/cli.ts", "--port", "0", "--pace-ms", "0"], process.env);
  const gateway = start(root, ["apps/gateway/src/cli.ts", "start"], {
    ...process.env,
    GW_PORT: "0",
    GW_SANDBOX: "on",
    GW_DATA_DIR: dataDirectory,
    GW_ADMIN_KEY: adminKey,
  });
  const close = (): void => {
    sandbox.stop();
    gateway.stop();
  };
  try {
    const [sandboxPort, gatewayPort] = await Promise.all([sandbox.port, gateway.port]);
    const environment = {
      ...process.env,
      GW_EXAMPLE_SANDBOX_PORT: sandboxPort,
      GW_EXAMPLE_GATEWAY_PORT: gatewayPort,
      GW_KEY: adminKey,
      OPENAI_API_KEY: "sandbox",
      ANTHROPIC_API_KEY: "sandbox",
      GEMINI_API_KEY: "sandbox",
      NODE_OPTIONS: `--import=${join(root, "tools", "example-network.mjs")}`,
    };
    const url = (port: string): string => `http://127.0.0.1:${port}`;
    return { sandboxUrl: url(sandboxPort), gatewayUrl: url(gatewayPort), gatewayKey: adminKey, environment, close };
  } catch (error) {
    close();
    throw error;
  }
}

function start(root: string, args: readonly string[], env: NodeJS.ProcessEnv): { port: Promise<string>; stop(): void } {
  const node = join(root, "node_modules", ".bin", "node");
  const child = spawn(node, ["--conditions=@gw/source", ...args], {
    cwd: root,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk;
  });
  const port = new Promise<string>((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`${args[0]} ${why}: ${errors}`));
    const timer = setTimeout(() => fail("was not ready in time"), startTimeoutMs);
    timer.unref();
    child.on("error", (error) => fail(error.message));
    child.on("exit", () => fail("ended"));
    createInterface({ input: child.stdout }).on("line", (line) => {
      const found = /ready on http:\/\/[^:]+:(\d+)/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  return { port, stop: () => void child.kill() };
}
