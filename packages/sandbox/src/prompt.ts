import type { MediaSource, Part, TextRequest, ToolResultPart, UserPart } from "@gw/core";

/** What the sandbox looks at in a conversation. */
export interface Prompt {
  /** The text of the last user message. */
  readonly question: string;
  /** Whether the conversation ends with that message, and not with something after it. */
  readonly isLast: boolean;
  /** What that message holds beside text, in words. */
  readonly attachments: readonly string[];
  /** The tool results that the conversation ends with. */
  readonly results: readonly ToolResultPart[];
  /** Quoted texts, then names: capitalised words that do not begin a sentence. */
  readonly subjects: readonly string[];
  readonly numbers: readonly number[];
}

export function readPrompt(request: TextRequest): Prompt {
  const last = request.messages.findLast((message) => message.role !== "system");
  const user = request.messages.findLast((message) => message.role === "user");
  const parts: readonly UserPart[] = user?.role === "user" ? user.content : [];
  const question = textOf(parts).trim();
  return {
    question,
    isLast: user !== undefined && last === user,
    attachments: parts.flatMap((part) => describePart(part) ?? []),
    results: trailingResults(request),
    subjects: subjectsOf(question),
    numbers: [...question.matchAll(/(?<![\w.])-?\d+(?:\.\d+)?(?![\w.]*\w)/g)].map(([digits]) => Number(digits)),
  };
}

// Some dialects give each result a message of its own; a user message may stand after them in the same turn.
function trailingResults(request: TextRequest): ToolResultPart[] {
  const results: ToolResultPart[] = [];
  for (const message of request.messages.toReversed()) {
    if (message.role === "assistant") break;
    if (message.role === "tool") results.unshift(...message.content);
  }
  return results;
}

/** The texts among the parts, joined by spaces. */
export function textOf(parts: readonly Part[]): string {
  return parts.flatMap((part) => (part.type === "text" ? part.text : [])).join(" ");
}

function subjectsOf(text: string): string[] {
  const quoted = [...text.matchAll(/"([^"]{1,80})"|“([^”]{1,80})”/g)].map((match) => match[1] ?? match[2] ?? "");
  const rest = text.replaceAll(/"[^"]*"|“[^”]*”/g, "");
  const names = [...rest.matchAll(/(?<=[\p{Ll}\d,:;)] )\p{Lu}[\p{L}'’-]*(?: \p{Lu}[\p{L}'’-]*)*/gu)].map(
    ([name]) => name,
  );
  return [...new Set([...quoted, ...names.filter((name) => name !== "I")])];
}

/** A part that is not text, in words: its kind, media type and size; `null` for text. */
export function describePart(part: Part): string | null {
  switch (part.type) {
    case "image":
    case "audio":
    case "video":
    case "document":
      return `${part.type === "audio" ? "an audio clip" : part.type === "image" ? "an image" : `a ${part.type}`} (${describeSource(part.source)})`;
    case "opaque":
      return "a block of a kind that the sandbox does not know";
    default:
      return null;
  }
}

function describeSource(source: MediaSource): string {
  switch (source.type) {
    case "base64":
      return `${source.mediaType}, ${byteLength(source.data)} bytes`;
    case "url":
      return source.url;
    case "file":
      return `file ${source.id}`;
    case "text":
      return `text, ${source.text.length} characters`;
  }
}

/** Bytes that base64 text stands for. */
export function byteLength(base64: string): number {
  return Buffer.byteLength(base64, "base64");
}
