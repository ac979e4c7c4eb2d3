import { z } from "zod";
import type { TextResult } from "../text-result.ts";
import { assistantPart, vendorOptions } from "./content-schema.ts";
import { describes } from "./describes.ts";
import { jsonObjectSchema } from "./json-schema.ts";
import { usageSchema } from "./usage-schema.ts";

export const textEnding = {
  finishReason: z.enum([
    "stop",
    "stop_sequence",
    "length",
    "context_full",
    "tool_calls",
    "content_filter",
    "pause",
    "error",
  ]),
  rawFinishReason: z.string().nullable(),
  stopSequence: z.string().nullable(),
  usage: usageSchema,
  providerMetadata: vendorOptions.exactOptional(),
};

/** A whole answer. */
export const textResultSchema: z.ZodType<TextResult> = describes<TextResult>()(
  z.strictObject({
    id: z.string().nullable(),
    model: z.string().nullable(),
    content: z.array(assistantPart),
    logprobs: jsonObjectSchema.exactOptional(),
    ...textEnding,
  }),
);
