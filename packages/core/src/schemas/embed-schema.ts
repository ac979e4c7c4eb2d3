import { z } from "zod";
import type { EmbedRequest, EmbedResult } from "../embed.ts";
import { vendorOptions } from "./content-schema.ts";
import { describes } from "./describes.ts";
import { usageSchema } from "./usage-schema.ts";

/** One request for embeddings. */
export const embedRequestSchema: z.ZodType<EmbedRequest> = describes<EmbedRequest>()(
  z.strictObject({
    model: z.string().min(1),
    input: z.array(z.union([z.string(), z.array(z.int().nonnegative())])),
    dimensions: z.int().positive().exactOptional(),
    inputType: z.enum(["query", "document"]).exactOptional(),
    user: z.string().exactOptional(),
    providerOptions: vendorOptions.exactOptional(),
  }),
);

/** The vectors, one per input. */
export const embedResultSchema: z.ZodType<EmbedResult> = describes<EmbedResult>()(
  z.strictObject({ model: z.string().nullable(), embeddings: z.array(z.array(z.number())), usage: usageSchema }),
);
