import type { TextDialect } from "../text-dialect.ts";
import { decodeRequest } from "./decode-request.ts";
import { decodeResult } from "./decode-result.ts";
import { openAIResponsesId } from "./dialect-id.ts";
import { encodeRequest } from "./encode-request.ts";
import { encodeResult } from "./encode-result.ts";
import { decodeError, encodeError, errorFrames } from "./errors.ts";
import { ResponsesObserver } from "./observer.ts";
import { prepareNative } from "./prepare-native.ts";
import type { OpenAIResponsesQuirks } from "./quirks.ts";
import { ResponsesStreamDecoder } from "./stream-decoder.ts";
import { ResponsesStreamEncoder } from "./stream-encoder.ts";

/** The format of OpenAI's Responses endpoint, as OpenAI, Azure, xAI, DeepSeek and Bedrock speak it (recorded 2026). */
export const openAIResponses: TextDialect<OpenAIResponsesQuirks> = {
  id: openAIResponsesId,
  paramNames: {
    messages: "input",
    toolChoice: "tool_choice",
    parallelToolCalls: "parallel_tool_calls",
    maxOutputTokens: "max_output_tokens",
    topP: "top_p",
    logprobs: "top_logprobs",
    responseFormat: "text.format",
    verbosity: "text.verbosity",
    user: "safety_identifier",
    serviceTier: "service_tier",
    previousResponseId: "previous_response_id",
    promptCacheKey: "prompt_cache_key",
  },
  decodeRequest,
  encodeRequest,
  decodeResult,
  encodeResult,
  streamDecoder: () => new ResponsesStreamDecoder(),
  streamEncoder: (context) => new ResponsesStreamEncoder(context),
  prepareNative,
  observer: () => new ResponsesObserver(),
  decodeError,
  encodeError,
  errorFrames,
};
