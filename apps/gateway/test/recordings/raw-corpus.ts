import { existsSync, globSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { JsonObject, JsonValue } from "@gw/core/types";
import { type Recording, rawFolder, recordingOf } from "./corpus.ts";

/** A recording with the pieces in which its stream arrived, where they were kept. */
export interface RawRecording extends Recording {
  readonly pieces: readonly Buffer[] | null;
}

interface RawExchange {
  readonly request: { readonly method: string; readonly url: string; readonly body: { readonly b64: string } };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string | readonly string[]>>;
    readonly body: JsonValue;
  };
  readonly chunks?: readonly { readonly b64: string }[];
}

/** Recordings of one published set that show the true boundaries of what arrived. */
export const rawRecordings = readSet("req_llm");

function readSet(name: string): RawRecording[] {
  const folder = join(rawFolder, name);
  if (!existsSync(folder)) return [];
  return globSync("**/*.json", { cwd: folder })
    .toSorted()
    .flatMap((path) => {
      const text = readFileSync(join(folder, path), "utf8");
      // Two of the published files are empty.
      return text === "" ? [] : readRaw(relative(rawFolder, join(folder, path)), JSON.parse(text) as RawExchange);
    });
}

function readRaw(file: string, { request, response, chunks }: RawExchange): RawRecording[] {
  const headers = Object.fromEntries(
    Object.entries(response.headers).map(([header, value]) => [header, [value].flat().join(", ")]),
  );
  const pieces = chunks?.map(({ b64 }) => Buffer.from(b64, "base64")) ?? null;
  const recording = recordingOf({
    ...request,
    file,
    vendor: file.split("/")[1] as string,
    model: null,
    body: JSON.parse(Buffer.from(request.body.b64, "base64").toString()) as JsonObject,
    status: response.status,
    headers,
    contentType: headers["content-type"] ?? "application/json",
    bytes: pieces === null ? bytesOf(response.body) : Buffer.concat(pieces),
  });
  return recording === null ? [] : [{ ...recording, pieces }];
}

function bytesOf(body: JsonValue): Buffer {
  if (typeof body === "string") return Buffer.from(body);
  const encoded = typeof body === "object" && body !== null && !Array.isArray(body) ? body.b64 : undefined;
  return typeof encoded === "string" ? Buffer.from(encoded, "base64") : Buffer.from(JSON.stringify(body));
}
