import { z } from "zod";
import type { TextRequest } from "../text-request.ts";
import { cacheControl, message, partOptions, vendorOptions } from "./content-schema.ts";
import { describes } from "./describes.ts";
import { jsonObjectSchema } from "./json-schema.ts";

const tool = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("function"),
    name: z.string().min(1),
    description: z.string().exactOptional(),
    parameters: jsonObjectSchema.exactOptional(),
    strict: z.boolean().exactOptional(),
    cacheControl: cacheControl.exactOptional(),
    providerOptions: partOptions.exactOptional(),
  }),
  z.strictObject({ type: z.literal("vendor"), origin: z.string(), value: jsonObjectSchema }),
]);

const toolChoice = z.discriminatedUnion("type", [
  z.strictObject({ type: z.enum(["auto", "none", "required"]) }),
  z.strictObject({ type: z.literal("tool"), name: z.string().min(1) }),
]);

const responseFormat = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text") }),
  z.strictObject({ type: z.literal("json") }),
  z.strictObject({
    type: z.literal("json-schema"),
    schema: jsonObjectSchema,
    name: z.string().exactOptional(),
    description: z.string().exactOptional(),
    strict: z.boolean().exactOptional(),
  }),
]);

const reasoning = z.strictObject({
  effort: z.enum(["none", "minimal", "low", "medium", "high", "xhigh", "max"]).exactOptional(),
  budgetTokens: z.union([z.int().nonnegative(), z.literal("dynamic")]).exactOptional(),
  includeText: z.boolean().exactOptional(),
  summary: z.enum(["auto", "concise", "detailed"]).exactOptional(),
});

/** One request for text. Unknown fields are refused: what only one dialect knows belongs in `providerOptions`. */
export const textRequestSchema: z.ZodType<TextRequest> = describes<TextRequest>()(
  z.strictObject({
    model: z.string().min(1),
    messages: z.array(message),
    tools: z.array(tool).exactOptional(),
    toolChoice: toolChoice.exactOptional(),
    parallelToolCalls: z.boolean().exactOptional(),
    maxOutputTokens: z.int().positive().exactOptional(),
    temperature: z.number().exactOptional(),
    topP: z.number().exactOptional(),
    topK: z.number().exactOptional(),
    presencePenalty: z.number().exactOptional(),
    frequencyPenalty: z.number().exactOptional(),
    seed: z.number().exactOptional(),
    stopSequences: z.array(z.string()).exactOptional(),
    candidateCount: z.int().positive().exactOptional(),
    logprobs: z.strictObject({ enabled: z.boolean(), top: z.int().nonnegative().exactOptional() }).exactOptional(),
    logitBias: z.record(z.string(), z.number()).exactOptional(),
    responseFormat: responseFormat.exactOptional(),
    reasoning: reasoning.exactOptional(),
    verbosity: z.enum(["low", "medium", "high"]).exactOptional(),
    user: z.string().exactOptional(),
    metadata: z.record(z.string(), z.string()).exactOptional(),
    serviceTier: z.string().exactOptional(),
    store: z.boolean().exactOptional(),
    previousResponseId: z.string().exactOptional(),
    promptCacheKey: z.string().exactOptional(),
    cacheControl: cacheControl.exactOptional(),
    providerOptions: vendorOptions.exactOptional(),
  }),
);
