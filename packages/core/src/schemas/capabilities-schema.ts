import { z } from "zod";
import type { Capabilities } from "../capabilities.ts";
import { describes } from "./describes.ts";

const nativeDialects = z.array(z.string().min(1));
const media = z.strictObject({ nativeDialects, jobs: z.boolean() }).exactOptional();

/** A provider's manifest. */
export const capabilitiesSchema: z.ZodType<Capabilities> = describes<Capabilities>()(
  z.strictObject({
    text: z
      .strictObject({
        nativeDialects,
        streaming: z.boolean(),
        tools: z.boolean(),
        parallelTools: z.boolean(),
        forcedTool: z.boolean(),
        structuredOutput: z.boolean(),
        reasoning: z.boolean(),
        imageInput: z.boolean(),
        documentInput: z.boolean(),
        audioInput: z.boolean(),
        videoInput: z.boolean(),
        usageInStream: z.boolean(),
        countTokens: z.boolean(),
      })
      .exactOptional(),
    embed: z
      .strictObject({ nativeDialects, maxInputs: z.int().positive().nullable(), dimensions: z.boolean() })
      .exactOptional(),
    rerank: media,
    image: media,
    video: media,
    speech: media,
    transcribe: media,
  }),
);
