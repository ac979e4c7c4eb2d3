import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Frame, JsonObject } from "./wire.ts";

const shared = join(import.meta.dirname, "../../../../../shared");

/** The recordings live beside the repository; without them these tests are skipped. */
export const recordingsExist = existsSync(join(shared, "recordings/index.jsonl"));

/** One recorded exchange of this format. */
export interface Recording {
  readonly name: string;
  readonly kind: string;
  readonly request: JsonObject | null;
  readonly status: number;
  /** A whole reply, or `null` for a stream. */
  readonly body: JsonObject | null;
  readonly frames: readonly Frame[];
}

interface File {
  readonly kind: string;
  readonly request: { readonly body?: unknown };
  readonly response: {
    readonly status: number;
    readonly body?: JsonObject;
    readonly body_text?: string;
    readonly decoded_events?: readonly { readonly payload: { readonly bytes: string } }[];
  };
}

/** Every recording whose bodies are of this format: the vendor's own, Bedrock's invoke, and raw ones. */
export function loadRecordings(): Recording[] {
  if (!recordingsExist) return [];
  return [...mainSet(), ...replayedSet(), ...fragmentSet()];
}

/** Distinct recorded error answers of the vendor. */
export function loadErrors(): { readonly status: number; readonly body: JsonObject }[] {
  if (!recordingsExist) return [];
  return readFileSync(join(shared, "recordings/errors.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { vendor: string; status: number; body: JsonObject })
    .filter((error) => error.vendor === "anthropic");
}

function mainSet(): Recording[] {
  return jsonFiles("recordings").flatMap((path) => {
    const file = JSON.parse(readFileSync(path, "utf8")) as File;
    const own = path.includes("/anthropic/") && (file.kind === "messages" || file.kind === "count_tokens");
    // Claude before version 3 has a format of its own behind the same path.
    const invoked = file.kind === "invoke" && path.includes("anthropic") && !path.includes("claude-v2");
    if (!own && !invoked) return [];
    const { body, body_text, decoded_events, status } = file.response;
    const chunks = decoded_events?.map(({ payload }) => ({ data: atob(payload.bytes) }));
    const request = typeof file.request.body === "object" ? (file.request.body as JsonObject) : null;
    const frames = chunks ?? framesOf(body_text ?? "");
    return [{ name: relative(shared, path), kind: file.kind, request, status, body: body ?? null, frames }];
  });
}

/** True chunk boundaries are kept in this set; here only the text matters. */
function replayedSet(): Recording[] {
  return jsonFiles("recordings-raw/req_llm/anthropic").map((path) => {
    const file = JSON.parse(readFileSync(path, "utf8"));
    const chunks = file.chunks as { readonly b64: string }[] | undefined;
    const text =
      chunks === undefined ? "" : Buffer.concat(chunks.map(({ b64 }) => Buffer.from(b64, "base64"))).toString();
    return {
      name: relative(shared, path),
      kind: "messages",
      request: file.request.canonical_json,
      status: 200,
      body: chunks === undefined || chunks.length === 0 ? file.response.body : null,
      frames: framesOf(text),
    };
  });
}

/** Replies only; a stream is one SSE payload a line, and several turns may follow one another in a file. */
function fragmentSet(): Recording[] {
  const folder = join(shared, "recordings-raw/vercel-ai/anthropic");
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  return files.flatMap(({ name }): Recording[] => {
    const text = readFileSync(join(folder, name), "utf8");
    const recording = {
      name: `recordings-raw/vercel-ai/anthropic/${name}`,
      kind: "messages",
      request: null,
      status: 200,
    };
    if (!name.endsWith(".chunks.txt")) return [{ ...recording, body: JSON.parse(text), frames: [] }];
    return turnsOf(text).map((frames, index) => ({
      ...recording,
      name: `${recording.name}#${index}`,
      body: null,
      frames,
    }));
  });
}

function turnsOf(text: string): Frame[][] {
  const turns: Frame[][] = [[]];
  for (const data of text.split("\n")) {
    if (data.trim() === "") continue;
    turns.at(-1)?.push({ data });
    if (data.startsWith('{"type":"message_stop"')) turns.push([]);
  }
  return turns.filter((turn) => turn.length > 0);
}

function jsonFiles(folder: string): string[] {
  return readdirSync(join(shared, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".json"))
    .map((entry) => join(entry.parentPath, entry.name));
}

function framesOf(text: string): Frame[] {
  return text
    .split("\n\n")
    .filter((block) => block.trim() !== "")
    .map((block) => {
      const fields = new Map(
        block.split("\n").map((line) => [line.split(":", 1)[0], line.slice(line.indexOf(":") + 1).trim()]),
      );
      return { event: fields.get("event") ?? "", data: fields.get("data") ?? "" };
    });
}
