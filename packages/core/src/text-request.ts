import type { CacheControl, DialectId, Message } from "./content.ts";
import type { JsonObject, JsonValue } from "./json.ts";

/** A tool that the caller runs. */
export interface FunctionTool {
  readonly type: "function";
  readonly name: string;
  readonly description?: string;
  /** JSON Schema of the arguments; absent means no arguments. */
  readonly parameters?: JsonObject;
  /** Whether the arguments are held to the schema; absent means no. */
  readonly strict?: boolean;
  readonly cacheControl?: CacheControl;
  readonly providerOptions?: Readonly<Record<DialectId, JsonObject>>;
}

/** A tool that one vendor runs, or a kind of tool that one dialect has. Only its origin can be offered it. */
export interface VendorTool {
  readonly type: "vendor";
  readonly origin: DialectId;
  readonly value: JsonObject;
}

export type Tool = FunctionTool | VendorTool;

export type ToolChoice =
  | { readonly type: "auto" | "none" | "required" }
  | { readonly type: "tool"; readonly name: string };

export type ResponseFormat =
  | { readonly type: "text" }
  /** Any JSON value. */
  | { readonly type: "json" }
  | {
      readonly type: "json-schema";
      readonly schema: JsonObject;
      readonly name?: string;
      readonly description?: string;
      readonly strict?: boolean;
    };

export type ReasoningEffort = "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max";

/** How much the model should think, and how much of it the caller wants to see. */
export interface ReasoningOptions {
  readonly effort?: ReasoningEffort;
  /** Tokens the model may think: a number, 0 for off, or `"dynamic"` for as many as it likes. */
  readonly budgetTokens?: number | "dynamic";
  /** Whether readable reasoning should come back. */
  readonly includeText?: boolean;
  readonly summary?: "auto" | "concise" | "detailed";
}

/**
 * One request for text, in no vendor's words.
 *
 * A field that is absent was not given, and each vendor's default holds. Whether the answer is streamed is not part of it:
 * the caller chooses the method.
 */
export interface TextRequest {
  /** The vendor's own model id, without the provider's name. */
  readonly model: string;
  readonly messages: readonly Message[];
  readonly tools?: readonly Tool[];
  readonly toolChoice?: ToolChoice;
  readonly parallelToolCalls?: boolean;
  /** Upper bound of the answer in tokens, reasoning included. */
  readonly maxOutputTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly presencePenalty?: number;
  readonly frequencyPenalty?: number;
  readonly seed?: number;
  readonly stopSequences?: readonly string[];
  /** How many answers; only dialects that know several keep a number above 1. */
  readonly candidateCount?: number;
  readonly logprobs?: { readonly enabled: boolean; readonly top?: number };
  readonly logitBias?: Readonly<Record<string, number>>;
  readonly responseFormat?: ResponseFormat;
  readonly reasoning?: ReasoningOptions;
  readonly verbosity?: "low" | "medium" | "high";
  /** An opaque id of the end user, for the vendor's abuse detection. */
  readonly user?: string;
  /** Key-value pairs that the vendor stores with the request. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly serviceTier?: string;
  /** Whether the vendor may keep the answer for later reference. */
  readonly store?: boolean;
  readonly previousResponseId?: string;
  readonly promptCacheKey?: string;
  /** Cache everything that can be cached, without marks of the caller's own. */
  readonly cacheControl?: CacheControl;
  /** Top-level fields that only one dialect knows, by dialect id. Other dialects report them as dropped. */
  readonly providerOptions?: Readonly<Record<DialectId, Readonly<Record<string, JsonValue>>>>;
}
