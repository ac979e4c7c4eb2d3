import { z } from "zod";
import type { AssistantPart, MediaSource, Message } from "../content.ts";
import { describes } from "./describes.ts";
import { jsonObjectSchema, jsonValueSchema } from "./json-schema.ts";

export const cacheControl = z.strictObject({ ttl: z.enum(["5m", "1h"]).exactOptional() });
export const partOptions = z.record(z.string(), jsonObjectSchema);
export const vendorOptions = z.record(z.string(), z.record(z.string(), jsonValueSchema));

const base = { cacheControl: cacheControl.exactOptional(), providerOptions: partOptions.exactOptional() };
const mediaSource = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("base64"), mediaType: z.string(), data: z.string() }),
  z.strictObject({ type: z.literal("url"), url: z.string(), mediaType: z.string().exactOptional() }),
  z.strictObject({ type: z.literal("file"), id: z.string(), mediaType: z.string().exactOptional() }),
  z.strictObject({ type: z.literal("text"), text: z.string() }),
]);

const text = z.strictObject({ type: z.literal("text"), text: z.string(), ...base });
const image = z.strictObject({
  type: z.literal("image"),
  source: mediaSource,
  detail: z.enum(["low", "high", "auto", "original"]).exactOptional(),
  ...base,
});
const audio = z.strictObject({ type: z.literal("audio"), source: mediaSource, ...base });
const video = z.strictObject({ type: z.literal("video"), source: mediaSource, ...base });
const document = z.strictObject({
  type: z.literal("document"),
  source: mediaSource,
  filename: z.string().exactOptional(),
  title: z.string().exactOptional(),
  context: z.string().exactOptional(),
  ...base,
});
const reasoning = z.strictObject({
  type: z.literal("reasoning"),
  text: z.string(),
  origin: z.string(),
  signature: z.string().exactOptional(),
  sealed: z.string().exactOptional(),
  id: z.string().exactOptional(),
  ...base,
});
export const callSignature = z.strictObject({ origin: z.string(), value: z.string() });
const toolCall = z.strictObject({
  type: z.literal("tool-call"),
  id: z.string().min(1),
  name: z.string(),
  arguments: z.string().min(1),
  signature: callSignature.exactOptional(),
  ...base,
});
const refusal = z.strictObject({ type: z.literal("refusal"), text: z.string(), ...base });
const opaque = z.strictObject({ type: z.literal("opaque"), origin: z.string(), value: jsonValueSchema, ...base });
const toolResult = z.strictObject({
  type: z.literal("tool-result"),
  toolCallId: z.string().min(1),
  toolName: z.string().exactOptional(),
  content: z.array(z.discriminatedUnion("type", [text, image, document, audio, video, opaque])),
  isError: z.boolean().exactOptional(),
  ...base,
});

export const assistantPart = z.discriminatedUnion("type", [text, reasoning, toolCall, refusal, image, audio, opaque]);
export const message = z.discriminatedUnion("role", [
  z.strictObject({ role: z.literal("system"), content: z.array(z.discriminatedUnion("type", [text, opaque])) }),
  z.strictObject({
    role: z.literal("user"),
    content: z.array(z.discriminatedUnion("type", [text, image, audio, video, document, opaque])),
    name: z.string().exactOptional(),
  }),
  z.strictObject({
    role: z.literal("assistant"),
    content: z.array(assistantPart),
    name: z.string().exactOptional(),
  }),
  z.strictObject({ role: z.literal("tool"), content: z.array(toolResult) }),
]);

/** One message of a conversation. */
export const messageSchema: z.ZodType<Message> = describes<Message>()(message);

/** One part of an answer. */
export const assistantPartSchema: z.ZodType<AssistantPart> = describes<AssistantPart>()(assistantPart);

/** Where the bytes of an image, document, audio or video are. */
export const mediaSourceSchema: z.ZodType<MediaSource> = describes<MediaSource>()(mediaSource);
