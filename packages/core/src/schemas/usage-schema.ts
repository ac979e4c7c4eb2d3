import { z } from "zod";
import type { Usage } from "../usage.ts";
import { describes } from "./describes.ts";
import { jsonValueSchema } from "./json-schema.ts";

const count = z.int().nonnegative().nullable();

/** What a call used. Every count must be there, `null` where the vendor did not say. */
export const usageSchema: z.ZodType<Usage> = describes<Usage>()(
  z.strictObject({
    inputTokens: count,
    cacheReadTokens: count,
    cacheWriteTokens: count,
    cacheWrite1hTokens: count,
    inputAudioTokens: count,
    inputImageTokens: count,
    outputTokens: count,
    reasoningTokens: count,
    outputAudioTokens: count,
    outputImageTokens: count,
    webSearches: count,
    raw: jsonValueSchema.exactOptional(),
  }),
);
