import type { JsonObject, JsonValue } from "./json.ts";

/**
 * Name of a wire format, such as the ones `@gw/dialects` exports.
 *
 * It also says where an opaque thing came from: only the dialect that made it may send it back.
 */
export type DialectId = string;

/** A cache breakpoint after the part that carries it. */
export interface CacheControl {
  /** How long the prefix should stay cached; the vendor's default when absent. */
  readonly ttl?: "5m" | "1h";
}

/** What every part may carry. */
interface PartBase {
  readonly cacheControl?: CacheControl;
  /**
   * Fields of this part that only one dialect knows, by dialect id. They go back unchanged to that dialect and are not
   * sent to another.
   */
  readonly providerOptions?: Readonly<Record<DialectId, JsonObject>>;
}

/** Where the bytes of an image, document, audio or video are. */
export type MediaSource =
  | { readonly type: "base64"; readonly mediaType: string; readonly data: string }
  | { readonly type: "url"; readonly url: string; readonly mediaType?: string }
  /** An id that the vendor's own file API gave. */
  | { readonly type: "file"; readonly id: string; readonly mediaType?: string }
  /** A document given as plain text. */
  | { readonly type: "text"; readonly text: string };

export interface TextPart extends PartBase {
  readonly type: "text";
  readonly text: string;
}

export interface ImagePart extends PartBase {
  readonly type: "image";
  readonly source: MediaSource;
  readonly detail?: "low" | "high" | "auto" | "original";
}

export interface AudioPart extends PartBase {
  readonly type: "audio";
  readonly source: MediaSource;
}

export interface VideoPart extends PartBase {
  readonly type: "video";
  readonly source: MediaSource;
}

export interface DocumentPart extends PartBase {
  readonly type: "document";
  readonly source: MediaSource;
  readonly filename?: string;
  readonly title?: string;
  readonly context?: string;
}

/**
 * Thinking that a model showed, hid or sealed.
 *
 * `signature` and `sealed` only mean something to `origin`, and go back to it byte for byte.
 */
export interface ReasoningPart extends PartBase {
  readonly type: "reasoning";
  /** The readable text or summary; empty when there is none. */
  readonly text: string;
  readonly origin: DialectId;
  /** Proof of authorship that must come back with `text` unchanged. */
  readonly signature?: string;
  /** Reasoning that only the vendor can read (redacted or encrypted). */
  readonly sealed?: string;
  /** The vendor's id of this item, where it has one. */
  readonly id?: string;
}

export interface ToolCallPart extends PartBase {
  readonly type: "tool-call";
  /** Never empty: a dialect without ids makes one up from the call's position. */
  readonly id: string;
  readonly name: string;
  /**
   * The arguments as JSON text, exactly as the model wrote them: `"{}"` when it wrote none, and possibly not valid JSON
   * when the answer was cut or the model erred.
   */
  readonly arguments: string;
  /** A vendor's proof of the thinking that led here, with the dialect that may read it. */
  readonly signature?: { readonly origin: DialectId; readonly value: string };
}

export interface ToolResultPart extends PartBase {
  readonly type: "tool-result";
  readonly toolCallId: string;
  /** Name of the tool, where the caller's dialect gave it or the history shows it. */
  readonly toolName?: string;
  readonly content: readonly (TextPart | ImagePart | DocumentPart | AudioPart | VideoPart | OpaquePart)[];
  readonly isError?: boolean;
}

/** Words in which the model declined to answer. */
export interface RefusalPart extends PartBase {
  readonly type: "refusal";
  readonly text: string;
}

/** A block that no other dialect has a word for. It goes back to its origin unchanged, and nowhere else. */
export interface OpaquePart extends PartBase {
  readonly type: "opaque";
  readonly origin: DialectId;
  readonly value: JsonValue;
}

export type UserPart = TextPart | ImagePart | AudioPart | VideoPart | DocumentPart | OpaquePart;
export type AssistantPart = TextPart | ReasoningPart | ToolCallPart | RefusalPart | ImagePart | AudioPart | OpaquePart;
export type Part = UserPart | AssistantPart | ToolResultPart;

/** Instructions. They may stand anywhere in the conversation; a dialect that only has room at its head moves them there. */
export interface SystemMessage {
  readonly role: "system";
  readonly content: readonly (TextPart | OpaquePart)[];
}
export interface UserMessage {
  readonly role: "user";
  readonly content: readonly UserPart[];
  readonly name?: string;
}
export interface AssistantMessage {
  readonly role: "assistant";
  readonly content: readonly AssistantPart[];
  readonly name?: string;
}
/** The results of the calls of the assistant message before it. */
export interface ToolMessage {
  readonly role: "tool";
  readonly content: readonly ToolResultPart[];
}
export type Message = SystemMessage | UserMessage | AssistantMessage | ToolMessage;
