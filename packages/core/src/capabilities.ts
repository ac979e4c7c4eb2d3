import type { DialectId } from "./content.ts";

/** What a provider can do with text. `true` means that at least one of its models can. */
export interface TextCapabilities {
  /** Dialects that it speaks on the wire itself, preferred first. */
  readonly nativeDialects: readonly DialectId[];
  readonly streaming: boolean;
  readonly tools: boolean;
  /** Several calls in one answer. */
  readonly parallelTools: boolean;
  /** A choice of `required` or of one tool is obeyed. */
  readonly forcedTool: boolean;
  readonly structuredOutput: boolean;
  readonly reasoning: boolean;
  readonly imageInput: boolean;
  readonly documentInput: boolean;
  readonly audioInput: boolean;
  readonly videoInput: boolean;
  /** The usage of a stream is known at its end. */
  readonly usageInStream: boolean;
  readonly countTokens: boolean;
}

export interface EmbedCapabilities {
  readonly nativeDialects: readonly DialectId[];
  /** Inputs in one call; `null` where no bound is known. */
  readonly maxInputs: number | null;
  readonly dimensions: boolean;
}

/** A modality without finer distinctions yet. */
export interface MediaCapabilities {
  readonly nativeDialects: readonly DialectId[];
  /** The answer may come later, as a job. */
  readonly jobs: boolean;
}

/**
 * What a provider can do: one manifest that users, the router and the contract suite all read.
 *
 * An absent modality means that the provider has no method for it.
 */
export interface Capabilities {
  readonly text?: TextCapabilities;
  readonly embed?: EmbedCapabilities;
  readonly rerank?: MediaCapabilities;
  readonly image?: MediaCapabilities;
  readonly video?: MediaCapabilities;
  readonly speech?: MediaCapabilities;
  readonly transcribe?: MediaCapabilities;
}

/** The name of a modality. */
export type Modality = keyof Capabilities;
