import { type Observation, unknownUsage } from "@gw/core";
import { formatSse } from "../server/format-sse.ts";
import type { AttemptReply } from "./attempt.ts";
import type { DeliveryFrame } from "./commit.ts";

const nothingSeen: Observation = { id: null, model: null, finishReason: null, usage: unknownUsage };

/**
 * What a target answers a call for a stream; or, when it has not begun to within `waitMs`, a stream that begins when it does, so
 * that the caller need not be left without a head.
 *
 * @throws what the target throws within that time; what it throws later, the stream throws.
 */
export async function beginStream(opening: Promise<AttemptReply>, waitMs: number): Promise<AttemptReply> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, waitMs, null);
  });
  try {
    return (await Promise.race([opening, late])) ?? lateStream(opening);
  } finally {
    clearTimeout(timer);
  }
}

function lateStream(opening: Promise<AttemptReply>): AttemptReply {
  let reply: AttemptReply | null = null;
  async function* batches(): AsyncGenerator<readonly DeliveryFrame[]> {
    reply = await opening;
    if (reply.type === "stream") yield* reply.batches;
    // A whole answer to a call for a stream: with the head gone it can only be an event.
    else yield [{ bytes: formatSse({ data: Buffer.from(reply.body).toString("utf8") }), content: true }];
  }
  return {
    type: "stream",
    headers: {},
    batches: batches(),
    observation: () => (reply?.type === "stream" ? reply.observation() : (reply?.observation ?? nothingSeen)),
  };
}
