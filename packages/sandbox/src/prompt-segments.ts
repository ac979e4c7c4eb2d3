import type { CacheControl, MediaSource, Part, TextRequest } from "@gw/core";
import { byteLength } from "./prompt.ts";
import { countTokens } from "./tokens.ts";

/** What a prompt's tokens are made of, as Gemini names it. */
export type TokenModality = "TEXT" | "IMAGE" | "AUDIO" | "VIDEO" | "DOCUMENT";

/** A stretch of a prompt that is counted, and cached, as one. */
export interface PromptSegment {
  readonly content: string;
  readonly tokens: number;
  readonly modality: TokenModality;
  /** A cache breakpoint stands after it. */
  readonly cacheControl?: CacheControl;
}

// Flat rates in place of the vendors' tables: only that they grow with the input matters to a test.
const tokensPerImage = 258;
const tokensPerPage = 258;
const bytesPerPage = 50_000;
const bytesPerMediaToken = 500;
const tokensPerMessage = 4;

/** A request cut into what its tokens are counted by, in the order in which vendors cache: tools, system, messages. */
export function promptSegments(request: TextRequest): PromptSegment[] {
  const segments: PromptSegment[] = [];
  for (const tool of request.tools ?? []) {
    const text = JSON.stringify(tool.type === "function" ? [tool.name, tool.description, tool.parameters] : tool.value);
    segments.push(textSegment(text, tool.type === "function" ? tool.cacheControl : undefined));
  }
  if (request.responseFormat?.type === "json-schema") {
    segments.push(textSegment(JSON.stringify(request.responseFormat.schema)));
  }
  for (const role of ["system", "other"] as const) {
    for (const message of request.messages) {
      if ((message.role === "system") !== (role === "system")) continue;
      segments.push({ content: `\n${message.role}:`, tokens: tokensPerMessage, modality: "TEXT" });
      for (const part of message.content) segments.push(...partSegments(part));
    }
  }
  const last = segments.pop();
  if (last !== undefined) {
    const whole = request.cacheControl;
    segments.push(whole === undefined ? last : { ...last, cacheControl: last.cacheControl ?? whole });
  }
  return segments;
}

/** The tokens of all segments together. */
export function sumTokens(segments: readonly PromptSegment[]): number {
  return segments.reduce((sum, segment) => sum + segment.tokens, 0);
}

function partSegments(part: Part): PromptSegment[] {
  const mark = part.cacheControl;
  switch (part.type) {
    case "text":
    case "refusal":
    case "reasoning":
      return [textSegment(part.text, mark)];
    case "tool-call":
      return [textSegment(`${part.name} ${part.arguments}`, mark)];
    case "tool-result":
      return [...part.content.flatMap(partSegments), textSegment("", mark)];
    case "image":
      return [mediaSegment(part.source, "IMAGE", tokensPerImage, mark)];
    case "document": {
      if (part.source.type === "text") return [textSegment(part.source.text, mark)];
      const pages = Math.ceil(sizeOf(part.source) / bytesPerPage);
      return [mediaSegment(part.source, "DOCUMENT", Math.max(1, pages) * tokensPerPage, mark)];
    }
    case "audio":
    case "video": {
      const modality = part.type === "audio" ? "AUDIO" : "VIDEO";
      return [mediaSegment(part.source, modality, 1 + Math.ceil(sizeOf(part.source) / bytesPerMediaToken), mark)];
    }
    case "opaque":
      return [textSegment(JSON.stringify(part.value), mark)];
  }
}

function sizeOf(source: MediaSource): number {
  return source.type === "base64" ? byteLength(source.data) : bytesPerPage;
}

function textSegment(content: string, mark?: CacheControl): PromptSegment {
  return segment({ content, tokens: countTokens(content), modality: "TEXT" }, mark);
}

function mediaSegment(
  source: MediaSource,
  modality: TokenModality,
  tokens: number,
  mark?: CacheControl,
): PromptSegment {
  return segment({ content: JSON.stringify(source), tokens, modality }, mark);
}

function segment(plain: PromptSegment, mark: CacheControl | undefined): PromptSegment {
  return mark === undefined ? plain : { ...plain, cacheControl: mark };
}
