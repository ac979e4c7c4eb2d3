import { createServer, type IncomingMessage, request as openRequest, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { JsonObject } from "@gw/core";
import { startSandbox } from "@gw/sandbox";

/** A call as it reached the simulated vendor. */
export interface SeenCall {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: JsonObject;
  /** The reply so far. */
  reply: string;
  /** Resolves once the connection is gone: `true` when it went before the reply had ended. */
  readonly cut: Promise<boolean>;
}

/** The sandbox, with everything that goes in and out written down. */
export interface UpstreamRecorder {
  readonly baseUrls: Readonly<Record<"openai" | "anthropic" | "google", string>>;
  /** Calls since the last `forget`, in order. */
  readonly calls: readonly SeenCall[];
  forget(): void;
  /** Resolves with the next call to arrive. */
  nextCall(): Promise<SeenCall>;
  close(): Promise<void>;
}

/** Starts the sandbox behind a proxy that keeps what passes. Nothing is changed on the way. */
export async function startUpstreamRecorder(): Promise<UpstreamRecorder> {
  const sandbox = await startSandbox({ paceMs: 1 });
  const calls: SeenCall[] = [];
  let waiting: ((call: SeenCall) => void)[] = [];
  const server = createServer((request, response) => {
    void forward(request, response, sandbox.url, (call) => {
      calls.push(call);
      for (const resolve of waiting) resolve(call);
      waiting = [];
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    baseUrls: { openai: `${url}/v1`, anthropic: url, google: url },
    calls,
    forget: () => void calls.splice(0),
    nextCall: () => new Promise((resolve) => waiting.push(resolve)),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await sandbox.close();
    },
  };
}

async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  sandboxUrl: string,
  onCall: (call: SeenCall) => void,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const { promise: cut, resolve: ended } = Promise.withResolvers<boolean>();
  const call: SeenCall = {
    path: request.url ?? "",
    headers: request.headers,
    body: JSON.parse(bytes.toString()) as JsonObject,
    reply: "",
    cut,
  };
  onCall(call);
  const onward = openRequest(`${sandboxUrl}${call.path}`, { method: "POST", headers: request.headers }, (reply) => {
    response.writeHead(reply.statusCode ?? 500, reply.headers);
    reply.on("data", (chunk: Buffer) => {
      call.reply += chunk.toString();
    });
    reply.on("error", () => response.destroy());
    reply.pipe(response);
  });
  onward.on("error", () => response.destroy());
  response.once("close", () => {
    ended(!response.writableFinished);
    onward.destroy();
  });
  onward.end(bytes);
}
