import type { WireHeaders, WireRequest } from "@gw/core";
import { type BedrockOptions, bedrock } from "../src/index.ts";

export const eventStream = "application/vnd.amazon.eventstream";

/** The head and the pieces of a reply. */
export interface Reply {
  readonly status?: number;
  readonly headers?: WireHeaders;
  readonly pieces: readonly Uint8Array[];
}

/** A provider whose vendor answers so, and what it was asked. */
export function connect(reply: Reply, options: Partial<BedrockOptions> = {}) {
  const { status = 200, headers = { "content-type": eventStream }, pieces } = reply;
  const sent: WireRequest[] = [];
  const provider = bedrock({
    region: "us-east-1",
    ...(options.accessKeyId === undefined && { apiKey: "ABSK-test-key" }),
    ...options,
    transport: {
      async send(request) {
        sent.push(request);
        const body = (async function* () {
          yield* pieces;
        })();
        return { status, headers, body };
      },
      close: async () => {},
    },
  });
  return { provider, sent, body: () => JSON.parse(Buffer.from(sent[0]?.body ?? "").toString()) };
}
