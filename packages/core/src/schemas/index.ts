export { capabilitiesSchema } from "./capabilities-schema.ts";
export { assistantPartSchema, mediaSourceSchema, messageSchema } from "./content-schema.ts";
export { embedRequestSchema, embedResultSchema } from "./embed-schema.ts";
export { jsonObjectSchema, jsonValueSchema } from "./json-schema.ts";
export {
  imageRequestSchema,
  mediaResultSchema,
  rerankRequestSchema,
  rerankResultSchema,
  speechRequestSchema,
  transcribeRequestSchema,
  transcribeResultSchema,
  videoRequestSchema,
} from "./media-schema.ts";
export { textEventSchema } from "./text-event-schema.ts";
export { textRequestSchema } from "./text-request-schema.ts";
export { textResultSchema } from "./text-result-schema.ts";
export { usageSchema } from "./usage-schema.ts";
