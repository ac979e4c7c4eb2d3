import type { TextDialect } from "../text-dialect.ts";
import { decodeRequest } from "./decode-request.ts";
import { decodeResult } from "./decode-result.ts";
import { encodeRequest } from "./encode-request.ts";
import { encodeResult } from "./encode-result.ts";
import { decodeError, encodeError, errorFrames } from "./errors.ts";
import { GeminiObserver } from "./observer.ts";
import { prepareNative } from "./prepare-native.ts";
import type { GeminiQuirks } from "./quirks.ts";
import { GeminiStreamDecoder } from "./stream-decoder.ts";
import { GeminiStreamEncoder } from "./stream-encoder.ts";

/**
 * Google's `generateContent` and `streamGenerateContent`.
 *
 * The path says the model and whether to stream. Streams are chunks, each a `GenerateContentResponse`, as SSE with `alt=sse`;
 * without it the same chunks stand in one JSON array, whose framing is the server's concern. There is no terminator.
 *
 * @see recordings of 2025-2026; `GenerateContentParameters` and `GenerateContentResponse` in @google/genai 3.1.0
 */
export const gemini: TextDialect<GeminiQuirks> = {
  id: "gemini",
  paramNames: {
    messages: "contents",
    toolChoice: "toolConfig.functionCallingConfig",
    maxOutputTokens: "generationConfig.maxOutputTokens",
    temperature: "generationConfig.temperature",
    topP: "generationConfig.topP",
    topK: "generationConfig.topK",
    presencePenalty: "generationConfig.presencePenalty",
    frequencyPenalty: "generationConfig.frequencyPenalty",
    seed: "generationConfig.seed",
    stopSequences: "generationConfig.stopSequences",
    candidateCount: "generationConfig.candidateCount",
    logprobs: "generationConfig.responseLogprobs",
    responseFormat: "generationConfig.responseMimeType",
    reasoning: "generationConfig.thinkingConfig",
  },
  decodeRequest,
  encodeRequest: (request, _options, quirks) => encodeRequest(request, quirks),
  decodeResult: (body) => decodeResult(body),
  encodeResult,
  streamDecoder: () => new GeminiStreamDecoder(),
  streamEncoder: (context) => new GeminiStreamEncoder(context),
  prepareNative,
  observer: () => new GeminiObserver(),
  decodeError: (reply) => decodeError(reply),
  encodeError,
  errorFrames,
};
