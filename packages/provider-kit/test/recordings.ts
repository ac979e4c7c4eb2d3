import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject, JsonValue } from "@gw/core";

const folder = join(import.meta.dirname, "../../../../shared/recordings");

/** Added to the names of tests that have nothing to run on. */
export const skipReason = existsSync(folder) ? "" : " (skipped: no recordings beside the repository)";

/** One exchange with a vendor, as it was recorded. */
export interface Recording {
  readonly file: string;
  readonly vendor: string;
  readonly kind: string;
  /** Path of the request, without its query. */
  readonly path: string;
  readonly request: JsonObject;
  readonly status: number;
  readonly contentType: string;
  readonly bytes: Buffer;
  readonly isStream: boolean;
}

interface Line {
  readonly file: string;
  readonly vendor: string;
  readonly kind: string;
  readonly second_hand?: boolean;
}

/** Every recording of these vendors and kinds whose request is known. */
export function readRecordings(vendors: readonly string[], kinds: readonly string[]): Recording[] {
  if (skipReason !== "") return [];
  const lines = readFileSync(join(folder, "index.jsonl"), "utf8").trim().split("\n");
  return lines
    .map((line) => JSON.parse(line) as Line)
    .filter((line) => vendors.includes(line.vendor) && kinds.includes(line.kind) && line.second_hand !== true)
    .flatMap(({ file, vendor, kind }) => {
      const { request, response } = JSON.parse(readFileSync(join(folder, file), "utf8")) as {
        request: { url: string; body?: JsonObject };
        response: { status: number; headers: Record<string, string>; body?: JsonValue; body_text?: string };
      };
      if (request.body === undefined) return [];
      // Not `new URL`: some hosts were masked with what no host holds.
      const path = /^[a-z]+:\/\/[^/]*([^?#]*)/.exec(request.url)?.[1] ?? request.url;
      const contentType = response.headers["content-type"] ?? "application/json";
      const bytes = Buffer.from(response.body_text ?? JSON.stringify(response.body));
      return [
        {
          file,
          vendor,
          kind,
          path,
          request: request.body,
          status: response.status,
          contentType,
          bytes,
          isStream: contentType.includes("event-stream"),
        },
      ];
    });
}

/** The data of a stream's events, read with nothing but line breaks: `[DONE]` and its like are left out. */
export function streamData(bytes: Buffer): JsonObject[] {
  return streamEvents(bytes).flatMap((event) => {
    const data = event
      .split(/\r?\n/)
      .filter((line) => line.startsWith("data:"))
      .map((line) => line.slice(5).replace(/^ /, ""))
      .join("\n");
    return data.trimStart().startsWith("{") ? [JSON.parse(data) as JsonObject] : [];
  });
}

/** A stream's events that hold data, each with its own line ends. */
export function streamEvents(bytes: Buffer): string[] {
  return bytes
    .toString()
    .split(/(?<=\r\n\r\n|\n\n)/)
    .map((block) => block.replace(/^[\r\n]+/, ""))
    .filter((block) => /^data/m.test(block));
}
