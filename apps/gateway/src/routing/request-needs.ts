import type { CatalogModel } from "@gw/catalog";
import { type Capabilities, isJsonObject, type JsonObject, type JsonValue } from "@gw/core";

/** What a request for text can plainly need of a target, as bits. */
export const requestNeed = { tools: 1, structuredOutput: 2, image: 4, document: 8, audio: 16, video: 32 } as const;

const everything = 63;

const partNeeds: Readonly<Record<string, number>> = {
  image: requestNeed.image,
  image_url: requestNeed.image,
  input_image: requestNeed.image,
  document: requestNeed.document,
  file: requestNeed.document,
  input_file: requestNeed.document,
  audio: requestNeed.audio,
  input_audio: requestNeed.audio,
  video: requestNeed.video,
  video_url: requestNeed.video,
};

/** What a target surely cannot do, by its provider's capabilities and the catalogue. What nobody states counts as possible. */
export function lackingNeeds({ text }: Capabilities, known: CatalogModel | null): number {
  if (text === undefined) return everything;
  const takes = (kind: string): boolean => known === null || known.input.length === 0 || known.input.includes(kind);
  return (
    (text.tools === false || known?.tools === false ? requestNeed.tools : 0) |
    (text.structuredOutput === false || known?.structuredOutput === false ? requestNeed.structuredOutput : 0) |
    (text.imageInput === false || !takes("image") ? requestNeed.image : 0) |
    (text.documentInput === false || !takes("pdf") ? requestNeed.document : 0) |
    (text.audioInput === false || !takes("audio") ? requestNeed.audio : 0) |
    (text.videoInput === false || !takes("video") ? requestNeed.video : 0)
  );
}

/** What a body needs, whichever text dialect it is in. Only the bits of `among` are looked for. */
export function needsOf(body: JsonObject, among: number): number {
  let needs = 0;
  if ((among & requestNeed.tools) !== 0 && isFilled(body.tools)) needs |= requestNeed.tools;
  if ((among & requestNeed.structuredOutput) !== 0 && wantsStructure(body)) needs |= requestNeed.structuredOutput;
  if ((among & ~(requestNeed.tools | requestNeed.structuredOutput)) !== 0) {
    needs |= partsOf(body.messages, 0) | partsOf(body.input, 0) | partsOf(body.contents, 0);
  }
  return needs & among;
}

function isFilled(value: JsonValue | undefined): boolean {
  return Array.isArray(value) && value.length > 0;
}

function wantsStructure(body: JsonObject): boolean {
  const { response_format, output_format, output_config, text, generationConfig } = body;
  for (const holder of [response_format, output_format, fieldOf(output_config, "format"), fieldOf(text, "format")]) {
    const type = fieldOf(holder, "type");
    if (type === "json_schema" || type === "json_object") return true;
  }
  return (
    fieldOf(generationConfig, "responseSchema") !== undefined ||
    fieldOf(generationConfig, "responseJsonSchema") !== undefined
  );
}

// Messages hold parts, and results of tools hold parts of their own.
const maxDepth = 4;

function partsOf(value: JsonValue | undefined, depth: number): number {
  if (!Array.isArray(value) || depth > maxDepth) return 0;
  let needs = 0;
  for (const part of value) {
    if (!isJsonObject(part)) continue;
    if (typeof part.type === "string" && Object.hasOwn(partNeeds, part.type)) needs |= partNeeds[part.type] ?? 0;
    needs |= mimeNeed(fieldOf(part.inlineData, "mimeType") ?? fieldOf(part.fileData, "mimeType"));
    needs |= partsOf(part.content, depth + 1) | partsOf(part.parts, depth + 1) | partsOf(part.output, depth + 1);
  }
  return needs;
}

function mimeNeed(mimeType: JsonValue | undefined): number {
  if (typeof mimeType !== "string") return 0;
  if (mimeType.startsWith("image/")) return requestNeed.image;
  if (mimeType.startsWith("audio/")) return requestNeed.audio;
  if (mimeType.startsWith("video/")) return requestNeed.video;
  return mimeType === "application/pdf" ? requestNeed.document : 0;
}

function fieldOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return isJsonObject(value) ? value[name] : undefined;
}
