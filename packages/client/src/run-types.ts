import type { JsonObject } from "@gw/core/types";

/** A prompt without a conversation. Parameters beside it are those of OpenAI chat (`max_tokens`, `temperature`, `tools`, ...). */
export type PromptInput = ({ readonly prompt: string } | { readonly input: string }) & Parameters;

/** A conversation in the form of OpenAI chat. */
export interface MessagesInput extends Parameters {
  readonly messages: readonly ChatMessage[];
}

/** Texts to embed. */
export interface EmbedInput {
  readonly text: string | readonly string[];
  readonly dimensions?: number;
}

interface Parameters {
  readonly stream?: boolean;
  readonly [parameter: string]: unknown;
}

export interface ChatMessage {
  readonly role: "system" | "developer" | "user" | "assistant" | "tool";
  readonly content?: string | readonly JsonObject[] | null;
  readonly [field: string]: unknown;
}

/** Tokens; `null` where the vendor did not say. */
export interface RunUsage {
  readonly prompt_tokens: number | null;
  readonly completion_tokens: number | null;
  readonly total_tokens: number | null;
}

/** The answer to a prompt. */
export interface PromptResult {
  readonly response: string;
  readonly finish_reason: string;
  readonly usage: RunUsage;
  readonly tool_calls?: readonly { readonly id: string; readonly name: string; readonly arguments: string }[];
}

/** A piece of the answer to a prompt; the last one carries the usage. */
export interface PromptChunk {
  readonly response: string;
  readonly finish_reason?: string;
  readonly usage?: RunUsage;
  readonly tool_calls?: PromptResult["tool_calls"];
}

/** OpenAI's chat completion, as far as this package reads it. */
export interface ChatCompletion {
  readonly id: string;
  readonly model: string;
  readonly choices: readonly {
    readonly index: number;
    readonly finish_reason: string | null;
    readonly message: {
      readonly role: "assistant";
      readonly content: string | null;
      readonly [field: string]: unknown;
    };
  }[];
  readonly usage?: RunUsage;
  readonly [field: string]: unknown;
}

/** OpenAI's chat completion chunk, as far as this package reads it. */
export interface ChatCompletionChunk {
  readonly id: string;
  readonly model: string;
  readonly choices: readonly {
    readonly index: number;
    readonly finish_reason: string | null;
    readonly delta: { readonly content?: string | null; readonly [field: string]: unknown };
  }[];
  readonly usage?: RunUsage | null;
  readonly [field: string]: unknown;
}

/** OpenAI's list of embeddings. */
export interface EmbeddingList {
  readonly model: string;
  readonly data: readonly { readonly index: number; readonly embedding: readonly number[] }[];
  readonly usage?: { readonly prompt_tokens: number; readonly total_tokens: number };
}

/** A streamed answer, to be read once. Leaving the loop early stops the call. */
export interface RunStream<Chunk> extends AsyncIterable<Chunk> {
  /** What the gateway keeps it under; `null` where it keeps nothing. */
  readonly id: string | null;
  /** Of the chunk that was handed over last; `null` before the first. */
  readonly lastEventId: number | null;
}

/** Where to read on. */
export interface ResumeOptions {
  /** The last event that was read; `null` for a stream from its beginning. */
  readonly lastEventId: number | null;
  readonly signal?: AbortSignal;
}

/** What surrounds a call. */
export interface RunOptions {
  readonly gateway?: { readonly id: string; readonly [field: string]: unknown };
  /** Up to 16 texts, numbers or booleans that the gateway attributes the cost to. */
  readonly metadata?: Readonly<Record<string, string | number | boolean>>;
  /** Groups the calls of one agent run. */
  readonly sessionId?: string;
  /** Refuse a call whose parameters would have to be mapped or dropped. */
  readonly strictParams?: boolean;
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}
