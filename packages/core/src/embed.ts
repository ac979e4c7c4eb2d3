import type { DialectId } from "./content.ts";
import type { JsonValue } from "./json.ts";
import type { Usage } from "./usage.ts";

export interface EmbedRequest {
  readonly model: string;
  /** Texts, or texts already cut into token ids. */
  readonly input: readonly (string | readonly number[])[];
  readonly dimensions?: number;
  readonly inputType?: "query" | "document";
  readonly user?: string;
  readonly providerOptions?: Readonly<Record<DialectId, Readonly<Record<string, JsonValue>>>>;
}

export interface EmbedResult {
  readonly model: string | null;
  /** One vector per input, in the inputs' order. */
  readonly embeddings: readonly (readonly number[])[];
  readonly usage: Usage;
}
