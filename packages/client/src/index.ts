export { AIError } from "./ai-error.ts";
export { type AI, type AIOptions, createAI } from "./create-ai.ts";
export { type ResumingFetchOptions, resumingFetch } from "./resuming-fetch.ts";
export type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatMessage,
  EmbeddingList,
  EmbedInput,
  MessagesInput,
  PromptChunk,
  PromptInput,
  PromptResult,
  ResumeOptions,
  RunOptions,
  RunStream,
  RunUsage,
} from "./run-types.ts";
