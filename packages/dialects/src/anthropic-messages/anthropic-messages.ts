import type { TextRequest } from "@gw/core/types";
import type { TextDialect } from "../text-dialect.ts";
import { decodeRequest } from "./decode-request.ts";
import { decodeResult } from "./decode-result.ts";
import { dialectId } from "./dialect-id.ts";
import { encodeRequest } from "./encode-request.ts";
import { encodeResult } from "./encode-result.ts";
import { decodeError, encodeError, errorFrames } from "./errors.ts";
import { MessagesObserver } from "./observer.ts";
import { prepareNative } from "./prepare-native.ts";
import type { AnthropicMessagesQuirks } from "./quirks.ts";
import { MessagesStreamDecoder } from "./stream-decoder.ts";
import { MessagesStreamEncoder } from "./stream-encoder.ts";

/** @see @anthropic-ai/sdk 1.10 `MessageCreateParams` */
const paramNames: Readonly<Partial<Record<keyof TextRequest, string>>> = {
  model: "model",
  messages: "messages",
  tools: "tools",
  toolChoice: "tool_choice",
  parallelToolCalls: "tool_choice.disable_parallel_tool_use",
  maxOutputTokens: "max_tokens",
  temperature: "temperature",
  topP: "top_p",
  topK: "top_k",
  stopSequences: "stop_sequences",
  responseFormat: "output_config.format",
  reasoning: "thinking",
  user: "metadata.user_id",
  serviceTier: "service_tier",
  cacheControl: "cache_control",
};

/**
 * The Messages format: `POST /v1/messages`.
 *
 * @see @anthropic-ai/sdk 1.10 `MessageCreateParams`, `RawMessageStreamEvent`; recordings of 2024 to 2026
 */
export const anthropicMessages: TextDialect<AnthropicMessagesQuirks> = {
  id: dialectId,
  paramNames,
  showsReasoning: true,
  decodeRequest,
  encodeRequest,
  decodeResult,
  encodeResult,
  streamDecoder: (quirks) => new MessagesStreamDecoder(quirks),
  streamEncoder: (context) => new MessagesStreamEncoder(context),
  prepareNative,
  observer: () => new MessagesObserver(),
  decodeError,
  encodeError,
  errorFrames,
};
