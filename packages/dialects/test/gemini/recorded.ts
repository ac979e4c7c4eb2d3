import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { JsonObject } from "@gw/core";
import type { Frame } from "../../src/frame.ts";

const shared = resolve(import.meta.dirname, "../../../../../shared");
const exchanges = join(shared, "recordings");
const elixirStreams = join(shared, "recordings-raw/req_llm/google");
const bodies = join(shared, "recordings-raw/vercel-ai/google");

/** Why tests over recorded traffic do not run, for their names; empty where they do. */
export const missing = [exchanges, elixirStreams, bodies].every((folder) => existsSync(folder))
  ? ""
  : " (skipped: ../shared/recordings is not here)";

export interface Exchange {
  readonly name: string;
  readonly kind: string;
  readonly model: string;
  readonly status: number;
  readonly request: JsonObject | null;
  /** The chunks of a stream, or the whole reply as the only one. */
  readonly chunks: readonly JsonObject[];
  readonly streamed: boolean;
}

/** An error answer that no exchange of its own was kept of. */
export interface RecordedError {
  readonly status: number;
  readonly body: JsonObject;
}

/** What the codec sees of recorded chunks. */
export function framesOf(chunks: readonly JsonObject[]): Frame[] {
  return chunks.map((chunk) => ({ data: JSON.stringify(chunk) }));
}

/** Every exchange with this vendor that is about text. */
export function recordedExchanges(): Exchange[] {
  return missing === "" ? [...kept(), ...elixir(), ...bodiesOnly()] : [];
}

export function recordedErrors(): RecordedError[] {
  if (missing !== "") return [];
  return jsonLines(join(exchanges, "errors.jsonl"))
    .filter((line) => line.vendor === "google" || line.vendor === "google-vertex")
    .map((line) => ({ status: line.status as number, body: line.body as JsonObject }));
}

function kept(): Exchange[] {
  return jsonLines(join(exchanges, "index.jsonl"))
    .filter((line) => line.vendor === "google" || line.vendor === "google-vertex")
    .filter((line) => line.kind === "generateContent" || line.kind === "count_tokens")
    .map((line): Exchange => {
      const file = line.file as string;
      const { request, response } = json(join(exchanges, file)) as unknown as {
        request: { body?: JsonObject };
        response: { status: number; body?: JsonObject; body_text?: string };
      };
      return {
        name: file,
        kind: line.kind as string,
        model: line.model as string,
        status: response.status,
        request: request.body ?? null,
        chunks: response.body === undefined ? chunksOf(response.body_text ?? "") : [response.body],
        streamed: response.body === undefined,
      };
    });
}

function elixir(): Exchange[] {
  return readdirSync(elixirStreams).flatMap((model) =>
    readdirSync(join(elixirStreams, model)).map((file): Exchange => {
      const { request, response, chunks } = json(join(elixirStreams, model, file)) as unknown as {
        request: { canonical_json: JsonObject };
        response: { status: number; body: (JsonObject & { b64?: string }) | null };
        chunks?: { b64: string }[];
      };
      const pieces = chunks?.map(({ b64 }) => b64) ?? (response.body?.b64 === undefined ? null : [response.body.b64]);
      const streamed = pieces !== null;
      const sse = pieces?.map((piece) => Buffer.from(piece, "base64"));
      return {
        name: `req_llm/${model}/${file}`,
        kind: "generateContent",
        model,
        status: response.status,
        request: request.canonical_json,
        chunks: sse === undefined ? [response.body as JsonObject] : chunksOf(Buffer.concat(sse).toString()),
        streamed,
      };
    }),
  );
}

function bodiesOnly(): Exchange[] {
  return readdirSync(bodies, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }): Exchange => {
      const text = readFileSync(join(bodies, name), "utf8");
      const streamed = name.endsWith(".txt");
      const chunks = streamed ? text.trim().split("\n") : [text];
      const parsed = chunks.map((chunk) => JSON.parse(chunk) as JsonObject);
      const error = parsed[0]?.error as JsonObject | undefined;
      return {
        name: `vercel-ai/${name}`,
        kind: "generateContent",
        model: "unknown",
        status: error === undefined ? 200 : (error.code as number),
        request: null,
        chunks: parsed,
        streamed,
      };
    });
}

function chunksOf(sse: string): JsonObject[] {
  return sse
    .split(/\r?\n\r?\n/)
    .filter((event) => event.startsWith("data:"))
    .map((event) => JSON.parse(event.slice("data:".length)) as JsonObject);
}

function jsonLines(file: string): JsonObject[] {
  return readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as JsonObject);
}

function json(file: string): JsonObject {
  return JSON.parse(readFileSync(file, "utf8")) as JsonObject;
}
