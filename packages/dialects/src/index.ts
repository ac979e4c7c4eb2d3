export { anthropicMessages } from "./anthropic-messages/anthropic-messages.ts";
export { claudeQuirks } from "./anthropic-messages/claude-quirks.ts";
export {
  decodeCountTokens,
  encodeCountTokens,
  encodeCountTokensResult,
} from "./anthropic-messages/count-tokens.ts";
export { anthropicToolInput } from "./anthropic-messages/encode-content.ts";
export type { AnthropicMessagesQuirks, EffortLevel } from "./anthropic-messages/quirks.ts";
export { AnthropicToolIds } from "./anthropic-messages/tool-ids.ts";
export { errorFromReply } from "./error-reply.ts";
export type { Frame } from "./frame.ts";
export {
  decodeGeminiCountTokens,
  decodeGeminiCountTokensRequest,
  encodeGeminiCountTokens,
  encodeGeminiCountTokensResult,
} from "./gemini/count-tokens.ts";
export { decodeGeminiEmbed, encodeGeminiEmbed } from "./gemini/embed.ts";
export { gemini } from "./gemini/gemini.ts";
export type { GeminiQuirks, ThinkingLevel } from "./gemini/quirks.ts";
export { NoteList } from "./note-list.ts";
export { openAIChat } from "./openai-chat/openai-chat.ts";
export type { OpenAIChatQuirks } from "./openai-chat/quirks.ts";
export type { DecodedEmbedRequest, EmbeddingEncoding } from "./openai-embeddings/decode-embeddings.ts";
export type { EmbeddingsCodec, OpenAIEmbeddingsQuirks } from "./openai-embeddings/openai-embeddings.ts";
export { openAIEmbeddings } from "./openai-embeddings/openai-embeddings.ts";
export { openAIResponses } from "./openai-responses/openai-responses.ts";
export type { OpenAIResponsesQuirks } from "./openai-responses/quirks.ts";
export { foreignOptionNotes } from "./option-notes.ts";
export { effortOfBudget, nearestEffort } from "./reasoning-effort.ts";
export type {
  AnswerCost,
  DecodedRequest,
  EncodedRequest,
  ErrorReply,
  NativeCodec,
  NativePreparation,
  ReplyContext,
  ReplyObserver,
  StreamDecoder,
  StreamEncoder,
  TextDialect,
} from "./text-dialect.ts";
export { tokenCount } from "./token-count.ts";
