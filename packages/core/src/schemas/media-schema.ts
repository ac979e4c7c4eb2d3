import { z } from "zod";
import type {
  ImageRequest,
  MediaResult,
  RerankRequest,
  RerankResult,
  SpeechRequest,
  TranscribeRequest,
  TranscribeResult,
  VideoRequest,
} from "../media.ts";
import { mediaSourceSchema, vendorOptions } from "./content-schema.ts";
import { describes } from "./describes.ts";
import { usageSchema } from "./usage-schema.ts";

const base = {
  model: z.string().min(1),
  user: z.string().exactOptional(),
  providerOptions: vendorOptions.exactOptional(),
};
const text = z.string().exactOptional();
const source = mediaSourceSchema.exactOptional();
const seconds = z.number().nonnegative();

/** One request to order documents by how well they answer a query. */
export const rerankRequestSchema: z.ZodType<RerankRequest> = describes<RerankRequest>()(
  z.strictObject({
    ...base,
    query: z.string(),
    documents: z.array(z.string()),
    topN: z.int().positive().exactOptional(),
  }),
);

/** The documents' order, best first. */
export const rerankResultSchema: z.ZodType<RerankResult> = describes<RerankResult>()(
  z.strictObject({
    model: z.string().nullable(),
    ranking: z.array(z.strictObject({ index: z.int().nonnegative(), score: z.number() })),
    usage: usageSchema,
  }),
);

/** One request for images. */
export const imageRequestSchema: z.ZodType<ImageRequest> = describes<ImageRequest>()(
  z.strictObject({
    ...base,
    prompt: z.string(),
    images: z.array(mediaSourceSchema).exactOptional(),
    mask: source,
    count: z.int().positive().exactOptional(),
    size: z.strictObject({ widthPx: z.int().positive(), heightPx: z.int().positive() }).exactOptional(),
    aspectRatio: text,
    quality: text,
    background: text,
    outputFormat: text,
    negativePrompt: text,
    seed: z.number().exactOptional(),
  }),
);

/** One request for a video. */
export const videoRequestSchema: z.ZodType<VideoRequest> = describes<VideoRequest>()(
  z.strictObject({
    ...base,
    prompt: text,
    durationSeconds: z.number().positive().exactOptional(),
    aspectRatio: text,
    resolution: text,
    framesPerSecond: z.number().positive().exactOptional(),
    audio: z.boolean().exactOptional(),
    negativePrompt: text,
    seed: z.number().exactOptional(),
    firstFrame: source,
    lastFrame: source,
    references: z
      .array(z.strictObject({ kind: z.enum(["image", "video", "audio"]), source: mediaSourceSchema }))
      .exactOptional(),
  }),
);

/** One request to speak a text. */
export const speechRequestSchema: z.ZodType<SpeechRequest> = describes<SpeechRequest>()(
  z.strictObject({
    ...base,
    input: z.string(),
    voice: z.string(),
    format: text,
    sampleRateHz: z.int().positive().exactOptional(),
    speed: z.number().positive().exactOptional(),
    instructions: text,
    language: text,
  }),
);

/** One request to write down what is said. */
export const transcribeRequestSchema: z.ZodType<TranscribeRequest> = describes<TranscribeRequest>()(
  z.strictObject({
    ...base,
    audio: mediaSourceSchema,
    language: text,
    prompt: text,
    timestamps: z.array(z.enum(["word", "segment"])).exactOptional(),
    diarize: z.boolean().exactOptional(),
  }),
);

/** What was said. */
export const transcribeResultSchema: z.ZodType<TranscribeResult> = describes<TranscribeResult>()(
  z.strictObject({
    model: z.string().nullable(),
    text: z.string(),
    language: z.string().nullable(),
    durationSeconds: seconds.nullable(),
    segments: z.array(z.strictObject({ startSeconds: seconds, endSeconds: seconds, text: z.string() })),
    usage: usageSchema,
  }),
);

/** Finished images, videos or recordings. */
export const mediaResultSchema: z.ZodType<MediaResult> = describes<MediaResult>()(
  z.strictObject({
    model: z.string().nullable(),
    assets: z.array(
      z.strictObject({
        source: mediaSourceSchema,
        mediaType: z.string().nullable(),
        expiresAtMs: z.int().nonnegative().nullable(),
      }),
    ),
    usage: usageSchema,
  }),
);
