import {
  beginsAnswer,
  type Call,
  GatewayError,
  reportNotes,
  type TextCapabilities,
  type TextEvent,
  type TextProvider,
  type TextRequest,
} from "@gw/core";
import type { StreamDecoder } from "@gw/dialects";
import type { Attempt } from "./attempt.ts";
import { checkCapabilities } from "./check-capabilities.ts";
import type { ProviderDefinition, SimpleExchange } from "./provider-definition.ts";
import { isJsonReply } from "./reply-headers.ts";
import { resultEvents } from "./result-events.ts";
import { asTruncation, isBroken, isWholeFrame } from "./stream-end.ts";
import type { FrameReader } from "./stream-framing.ts";
import { readJsonReply, type VendorClient } from "./vendor-client.ts";

/** The translated lane of a provider: neutral requests out, neutral answers back. */
export function textProvider(
  text: NonNullable<ProviderDefinition["text"]>,
  capabilities: TextCapabilities | undefined,
  client: VendorClient,
): TextProvider {
  const { countTokens } = text;
  return {
    async generate(request, call = {}) {
      const attempt = client.begin(call, false);
      try {
        const { dialect, quirks, outgoing } = write(text, capabilities, request, false, call);
        const reply = await client.send(attempt, outgoing, call);
        const { json } = await readJsonReply(reply);
        attempt.end();
        return dialect.decodeResult(json, quirks);
      } catch (error) {
        throw attempt.failure(error);
      } finally {
        attempt.leave();
      }
    },
    stream: (request, call = {}) => streamText(text, capabilities, client, request, call),
    ...(countTokens !== undefined && {
      countTokens: (request, call = {}) => exchange(client, () => countTokens(request), call),
    }),
  };
}

/** A request that is one body out and one back: counting, embedding. */
export async function exchange<Result>(
  client: VendorClient,
  prepare: () => SimpleExchange<Result>,
  call: Call,
): Promise<Result> {
  const attempt = client.begin(call, false);
  try {
    const { path, body, notes, ...own } = prepare();
    reportNotes(notes, call);
    const outgoing = {
      path,
      body: JSON.stringify(body),
      stream: false,
      headers: call.headers,
      decodeError: own.decodeError,
    };
    const reply = await client.send(attempt, outgoing, call);
    const { json } = await readJsonReply(reply);
    attempt.end();
    return own.read(json, reply.headers);
  } catch (error) {
    throw attempt.failure(error);
  } finally {
    attempt.leave();
  }
}

function write(
  text: NonNullable<ProviderDefinition["text"]>,
  capabilities: TextCapabilities | undefined,
  request: TextRequest,
  stream: boolean,
  call: Call,
) {
  checkCapabilities(request, capabilities);
  const { dialect, quirks, path } = text.route(request, { stream });
  const { body, notes } = dialect.encodeRequest(
    request,
    { stream, ...(call.headers !== undefined && { headers: call.headers }) },
    quirks,
  );
  reportNotes(notes, call);
  const outgoing = {
    path,
    body: JSON.stringify(body),
    stream,
    headers: call.headers,
    decodeError: (reply: Parameters<typeof dialect.decodeError>[0]) => dialect.decodeError(reply, quirks),
  };
  return { dialect, quirks, outgoing };
}

async function* streamText(
  text: NonNullable<ProviderDefinition["text"]>,
  capabilities: TextCapabilities | undefined,
  client: VendorClient,
  request: TextRequest,
  call: Call,
): AsyncGenerator<TextEvent, void, undefined> {
  const attempt = client.begin(call, true);
  try {
    const { dialect, quirks, outgoing } = write(text, capabilities, request, true, call);
    const reply = await client.send(attempt, outgoing, call);
    if (isJsonReply(reply.headers)) {
      // Some servers answer a request for a stream with a whole reply (cloudflare/ai#396 of 2026-02-12).
      const { json } = await readJsonReply(reply);
      attempt.end();
      yield* resultEvents(dialect.decodeResult(json, quirks));
      return;
    }
    yield* readEvents(reply.body, client.framing.frames(), dialect.streamDecoder(quirks), attempt);
    attempt.end();
  } catch (error) {
    throw attempt.failure(error);
  } finally {
    attempt.leave();
  }
}

async function* readEvents(
  body: AsyncIterable<Uint8Array>,
  reader: FrameReader,
  decoder: StreamDecoder,
  attempt: Attempt,
): AsyncGenerator<TextEvent, void, undefined> {
  const pieces = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      let step: IteratorResult<Uint8Array>;
      try {
        step = await pieces.next();
      } catch (error) {
        yield* endAfterBreak(decoder, error);
        return;
      }
      const frames = step.done === true ? reader.end().filter(isWholeFrame) : reader.push(step.value);
      for (const frame of frames) {
        for (const event of decoder.push(frame)) {
          if (beginsAnswer(event)) attempt.contentSeen();
          yield event;
        }
      }
      if (step.done === true) break;
    }
  } finally {
    await pieces.return?.();
  }
  if (reader.isForeign) throw new GatewayError("reply_malformed", "The reply is not an event stream");
  yield* decoder.end();
}

/** A connection that breaks or falls silent once the answer has ended does no harm; before that, the break is the error. */
function endAfterBreak(decoder: StreamDecoder, broken: unknown): TextEvent[] {
  if (!isBroken(broken)) throw broken;
  try {
    return decoder.end();
  } catch {
    throw asTruncation(broken);
  }
}
