import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject, JsonValue } from "@gw/core/types";

const shared = join(import.meta.dirname, "../../../../../shared");
const folder = join(shared, "recordings");

/** Further recordings, in the forms in which they were published; it may be missing. */
export const rawFolder = join(shared, "recordings-raw");

/** Added to the names of tests that have nothing to run on. */
export const skipReason = existsSync(folder) ? "" : " (skipped: no recordings beside the repository)";

/** The wire formats that recordings of text and embeddings are in. */
export type WireFormat = "openai-chat" | "openai-responses" | "anthropic-messages" | "gemini" | "openai-embeddings";

/** The formats in which a caller can ask for text. */
export const textFormats = ["openai-chat", "openai-responses", "anthropic-messages", "gemini"] as const;

export type TextFormat = (typeof textFormats)[number];

/** One exchange with a vendor, as it was recorded. */
export interface Recording {
  /** Relative to the corpus: the recording's name in tests and exceptions. */
  readonly file: string;
  readonly vendor: string;
  readonly format: WireFormat;
  readonly operation: "generate" | "count-tokens";
  /** As the request named it, in its body or its path; `unnamed` where a stored prompt chose it, which a gateway cannot know. */
  readonly model: string;
  /** `null` where only the reply was kept. */
  readonly request: JsonObject | null;
  readonly status: number;
  /** Without what described the recorded transfer. */
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
  readonly isStream: boolean;
}

interface Line {
  readonly file: string;
  readonly vendor: string;
  readonly kind: string;
  readonly model: string | null;
  readonly second_hand?: boolean;
}

interface Exchange {
  readonly request: { readonly method: string; readonly url: string; readonly body?: JsonObject };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: JsonValue;
    readonly body_text?: string;
  };
}

// By the end of the path, so that an exchange with a vendor nobody has thought of is replayed too.
const endpoints: readonly (readonly [RegExp, WireFormat, Recording["operation"]])[] = [
  [/\/chat\/completions$/, "openai-chat", "generate"],
  [/\/responses$/, "openai-responses", "generate"],
  [/\/messages$/, "anthropic-messages", "generate"],
  [/\/messages\/count_tokens$/, "anthropic-messages", "count-tokens"],
  [/:(?:stream)?[gG]enerateContent$/, "gemini", "generate"],
  [/:countTokens$/, "gemini", "count-tokens"],
  [/\/embeddings$/, "openai-embeddings", "generate"],
];

const transfer = /^(?:content-encoding|content-length|transfer-encoding|connection|keep-alive)$/;

function readCorpus(): { readonly recordings: Recording[]; readonly skipped: Line[] } {
  if (skipReason !== "") return { recordings: [], skipped: [] };
  const lines = readFileSync(join(folder, "index.jsonl"), "utf8").trim().split("\n");
  const recordings: Recording[] = [];
  const skipped: Line[] = [];
  for (const line of lines.map((text) => JSON.parse(text) as Line)) {
    const recording = line.second_hand === true ? null : readRecording(line);
    if (recording === null) skipped.push(line);
    else recordings.push(recording);
  }
  return { recordings, skipped };
}

function readRecording({ file, vendor, model }: Line): Recording | null {
  const { request, response } = readExchange(file);
  const contentType = response.headers["content-type"] ?? "application/json";
  const bytes = Buffer.from(response.body_text ?? JSON.stringify(response.body ?? null));
  const body = request.body ?? null;
  const { status, headers } = response;
  return recordingOf({ file, vendor, model, ...request, body, status, headers, contentType, bytes });
}

/** What is known of an exchange, wherever it was published. */
export interface KnownExchange {
  readonly file: string;
  readonly vendor: string;
  readonly model: string | null;
  readonly method: string;
  readonly url: string;
  readonly body: JsonObject | null;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly contentType: string;
  readonly bytes: Buffer;
}

/** The recording of an exchange, or `null` where the gateway has no such endpoint. */
export function recordingOf(exchange: KnownExchange): Recording | null {
  const { file, vendor, method, url, body, status, headers, contentType, bytes } = exchange;
  // Not `new URL`: some hosts were masked with what no host holds.
  const path = /^[a-z]+:\/\/[^/]*([^?#]*)/.exec(url)?.[1] ?? "";
  const endpoint = endpoints.find(([pattern]) => pattern.test(path));
  if (endpoint === undefined || method.toUpperCase() !== "POST") return null;
  const [, format, operation] = endpoint;
  return {
    file,
    vendor,
    format,
    operation,
    model: /\/models\/([^:]+):/.exec(path)?.[1] ?? textOf(body?.model) ?? exchange.model ?? "unnamed",
    request: body,
    status,
    headers: Object.fromEntries(
      Object.entries({ ...headers, "content-type": contentType }).filter(([name]) => !transfer.test(name)),
    ),
    bytes,
    isStream: contentType.includes("event-stream"),
  };
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** One file of the corpus, as it is. */
export function readExchange(file: string): Exchange {
  return JSON.parse(readFileSync(join(folder, file), "utf8")) as Exchange;
}

/** An error answer of a vendor, of whichever endpoint. */
export interface RecordedError {
  readonly vendor: string;
  readonly status: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** As it came. */
  readonly text: string;
}

/** Each different error answer of the corpus once. */
export function readErrors(): RecordedError[] {
  if (skipReason !== "") return [];
  const lines = readFileSync(join(folder, "errors.jsonl"), "utf8").trim().split("\n");
  return lines.map((line) => {
    const error = JSON.parse(line) as RecordedError & { readonly body?: JsonValue; readonly body_text?: string };
    return { ...error, text: error.body_text ?? JSON.stringify(error.body) };
  });
}

/** Every exchange with an endpoint that the gateway has, and what the rest of the corpus is. */
export const { recordings, skipped } = readCorpus();

/** A recording of a text model. */
export type TextRecording = Recording & { readonly format: TextFormat };

/** Answers and failures of text models. */
export function ofText(all: readonly Recording[]): TextRecording[] {
  return all.filter(
    (recording): recording is TextRecording =>
      recording.operation === "generate" && recording.format !== "openai-embeddings",
  );
}

/** Rows for `test.each`, named by their file. */
export function named<Row extends { readonly file: string }>(rows: readonly Row[]): [string, Row][] {
  return rows.map((row) => [row.file, row]);
}

/** What a stream says, event by event, read with nothing but line breaks. */
export interface WireEvent {
  readonly event: string | null;
  readonly data: string;
}

/** The events of a stream that hold data. */
export function wireEvents(text: string): WireEvent[] {
  return text.split(/\r\n\r\n|\n\n/).flatMap((block) => {
    const lines = block.split(/\r\n|\n/);
    const field = (name: string) =>
      lines.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).replace(/^ /, ""));
    const data = field("data");
    return data.length === 0 ? [] : [{ event: field("event").at(-1) ?? null, data: data.join("\n") }];
  });
}

/** The JSON of a stream's events; `[DONE]` and its like are left out. */
export function wireData(text: string): JsonObject[] {
  return wireEvents(text).flatMap(({ data }) =>
    data.trimStart().startsWith("{") ? [JSON.parse(data) as JsonObject] : [],
  );
}
