import { type Observation, unknownUsage } from "@gw/core";
import { formatSse } from "../server/format-sse.ts";
import type { AttemptReply } from "./attempt-reply.ts";
import type { DeliveryFrame } from "./delivery-frame.ts";

/** What a call for a stream comes to, once its head can go out. */
export interface BegunStream {
  readonly reply: AttemptReply;
  /** Who answers is not known yet: the caller was not to be left without a head any longer. */
  readonly late: boolean;
}

const nothingSeen: Observation = { id: null, model: null, finishReason: null, usage: unknownUsage };

/**
 * What answers a call for a stream; or, when nobody has within `waitMs`, a stream that begins when somebody does, so that the
 * caller need not be left without a head.
 *
 * @throws what the answer throws within that time; what it throws later, the stream throws.
 */
export async function beginStream(answering: Promise<AttemptReply>, waitMs: number): Promise<BegunStream> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, waitMs, null);
  });
  try {
    const reply = await Promise.race([answering, late]);
    return reply === null ? { reply: lateStream(answering), late: true } : { reply, late: false };
  } finally {
    clearTimeout(timer);
  }
}

function lateStream(answering: Promise<AttemptReply>): AttemptReply {
  let reply: AttemptReply | null = null;
  async function* batches(): AsyncGenerator<readonly DeliveryFrame[]> {
    reply = await answering;
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
