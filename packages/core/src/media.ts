import type { MediaSource } from "./content.ts";
import type { JsonValue } from "./json.ts";
import type { Usage } from "./usage.ts";

/** What every request for media may carry. */
export interface MediaRequestBase {
  readonly model: string;
  readonly user?: string;
  /** Fields that only one vendor knows, by vendor; sent to that vendor alone. */
  readonly providerOptions?: Readonly<Record<string, Readonly<Record<string, JsonValue>>>>;
}

export interface RerankRequest extends MediaRequestBase {
  readonly query: string;
  readonly documents: readonly string[];
  readonly topN?: number;
}
export interface RerankResult {
  readonly model: string | null;
  /** Best first; `index` points into the request's documents. */
  readonly ranking: readonly { readonly index: number; readonly score: number }[];
  readonly usage: Usage;
}

export interface ImageRequest extends MediaRequestBase {
  readonly prompt: string;
  /** Images to change or to take as a model; none for a new image. */
  readonly images?: readonly MediaSource[];
  readonly mask?: MediaSource;
  readonly count?: number;
  readonly size?: { readonly widthPx: number; readonly heightPx: number };
  readonly aspectRatio?: string;
  readonly quality?: string;
  readonly background?: string;
  readonly outputFormat?: string;
  readonly negativePrompt?: string;
  readonly seed?: number;
}

export interface VideoRequest extends MediaRequestBase {
  readonly prompt?: string;
  readonly durationSeconds?: number;
  readonly aspectRatio?: string;
  readonly resolution?: string;
  readonly framesPerSecond?: number;
  readonly audio?: boolean;
  readonly negativePrompt?: string;
  readonly seed?: number;
  readonly firstFrame?: MediaSource;
  readonly lastFrame?: MediaSource;
  readonly references?: readonly { readonly kind: "image" | "video" | "audio"; readonly source: MediaSource }[];
}

export interface SpeechRequest extends MediaRequestBase {
  readonly input: string;
  readonly voice: string;
  readonly format?: string;
  readonly sampleRateHz?: number;
  readonly speed?: number;
  readonly instructions?: string;
  readonly language?: string;
}

export interface TranscribeRequest extends MediaRequestBase {
  readonly audio: MediaSource;
  readonly language?: string;
  readonly prompt?: string;
  readonly timestamps?: readonly ("word" | "segment")[];
  readonly diarize?: boolean;
}
export interface TranscribeResult {
  readonly model: string | null;
  readonly text: string;
  readonly language: string | null;
  readonly durationSeconds: number | null;
  readonly segments: readonly { readonly startSeconds: number; readonly endSeconds: number; readonly text: string }[];
  readonly usage: Usage;
}

/** A finished image, video or recording. */
export interface MediaAsset {
  readonly source: MediaSource;
  readonly mediaType: string | null;
  /** When a vendor's link stops working, in Unix milliseconds. */
  readonly expiresAtMs: number | null;
}
export interface MediaResult {
  readonly model: string | null;
  readonly assets: readonly MediaAsset[];
  readonly usage: Usage;
}

/** Work that a vendor does in its own time. */
export interface Job<Result> {
  readonly status: "queued" | "running" | "succeeded" | "failed" | "cancelled" | "expired";
  /** All that is needed to ask the same vendor again, sealed: not to be read or changed. */
  readonly handle: string;
  /** Between 0 and 1, where the vendor tells. */
  readonly progress: number | null;
  /** Present once `status` is `succeeded`. */
  readonly result: Result | null;
}
