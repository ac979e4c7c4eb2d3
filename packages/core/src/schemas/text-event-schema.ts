import { z } from "zod";
import type { TextEvent } from "../text-event.ts";
import { assistantPart, callSignature, partOptions } from "./content-schema.ts";
import { describes } from "./describes.ts";
import { jsonObjectSchema } from "./json-schema.ts";
import { textEnding } from "./text-result-schema.ts";
import { usageSchema } from "./usage-schema.ts";

const index = z.int().nonnegative();
const fragment = z.string().min(1);
const providerOptions = partOptions.exactOptional();

/** One event of a streamed answer. The order of events is a matter of the whole stream and not checked here. */
export const textEventSchema: z.ZodType<TextEvent> = describes<TextEvent>()(
  z.discriminatedUnion("type", [
    z.strictObject({
      type: z.literal("response-start"),
      id: z.string().nullable(),
      model: z.string().nullable(),
      usage: usageSchema.exactOptional(),
    }),
    z.strictObject({ type: z.literal("text-start"), index }),
    z.strictObject({
      type: z.literal("text-delta"),
      index,
      text: fragment,
      logprobs: jsonObjectSchema.exactOptional(),
    }),
    z.strictObject({ type: z.literal("text-end"), index, providerOptions }),
    z.strictObject({
      type: z.literal("reasoning-start"),
      index,
      origin: z.string(),
      id: z.string().exactOptional(),
    }),
    z.strictObject({ type: z.literal("reasoning-delta"), index, text: fragment }),
    z.strictObject({
      type: z.literal("reasoning-end"),
      index,
      signature: z.string().exactOptional(),
      sealed: z.string().exactOptional(),
      providerOptions,
    }),
    z.strictObject({ type: z.literal("refusal-start"), index }),
    z.strictObject({ type: z.literal("refusal-delta"), index, text: fragment }),
    z.strictObject({ type: z.literal("refusal-end"), index }),
    z.strictObject({
      type: z.literal("tool-call-start"),
      index,
      id: z.string().min(1),
      name: z.string(),
      signature: callSignature.exactOptional(),
    }),
    z.strictObject({ type: z.literal("tool-call-delta"), index, arguments: fragment }),
    z.strictObject({
      type: z.literal("tool-call-end"),
      index,
      signature: callSignature.exactOptional(),
      providerOptions,
    }),
    z.strictObject({ type: z.literal("part"), index, part: assistantPart }),
    z.strictObject({ type: z.literal("response-end"), ...textEnding }),
  ]),
);
