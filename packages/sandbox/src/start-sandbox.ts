import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { SandboxServer, type SandboxServerOptions } from "./sandbox-server.ts";

/** How a sandbox listens and behaves. */
export interface SandboxOptions extends SandboxServerOptions {
  /** Loopback by default. */
  readonly host?: string;
  /** Any free one by default. */
  readonly port?: number;
}

/** A running sandbox. */
export interface Sandbox {
  /** Its origin, such as `http://127.0.0.1:4010`. */
  readonly url: string;
  /** By vendor, as that vendor's own SDK wants it. */
  readonly baseUrls: { readonly openai: string; readonly anthropic: string; readonly google: string };
  /** Stops listening, breaks off what is running, and resolves when every connection is closed. */
  close(): Promise<void>;
}

/**
 * Starts one HTTP server that answers as OpenAI, Anthropic and Google do.
 *
 * @throws {VendorError} when the scenario holds a fault that does not exist; the system's error when the port is taken.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { host = "127.0.0.1", port = 0 } = options;
  const sandbox = new SandboxServer(options);
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    void sandbox.handle(request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const address = server.address() as AddressInfo;
  const url = `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`;
  return {
    url,
    baseUrls: { openai: `${url}/v1`, anthropic: url, google: url },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
