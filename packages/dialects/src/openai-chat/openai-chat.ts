import type { TextDialect } from "../text-dialect.ts";
import { decodeRequest } from "./decode-request.ts";
import { decodeResult } from "./decode-result.ts";
import { dialectId } from "./dialect-id.ts";
import { encodeRequest } from "./encode-request.ts";
import { encodeResult } from "./encode-result.ts";
import { decodeError, encodeError, errorFrames } from "./errors.ts";
import { ChatObserver, prepareNative } from "./observer.ts";
import { paramNames } from "./param-names.ts";
import type { OpenAIChatQuirks } from "./quirks.ts";
import { ChatStreamDecoder } from "./stream-decoder.ts";
import { ChatStreamEncoder } from "./stream-encoder.ts";
import { wholeAsStream } from "./whole-as-stream.ts";

/**
 * The chat completions format, which a dozen vendors and most self-hosted servers speak.
 *
 * @see https://platform.openai.com/docs/api-reference/chat (2026-11-20), and the recordings that each reader names
 */
export const openAIChat: TextDialect<OpenAIChatQuirks> = {
  id: dialectId,
  paramNames,
  showsReasoning: true,
  decodeRequest,
  encodeRequest,
  decodeResult,
  encodeResult,
  streamDecoder: () => new ChatStreamDecoder(),
  streamEncoder: (context) => new ChatStreamEncoder(context),
  prepareNative,
  observer: (options) => new ChatObserver(options),
  wholeAsStream,
  decodeError,
  encodeError,
  errorFrames,
};
