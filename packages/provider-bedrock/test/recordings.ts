import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "@gw/core";

const folder = join(import.meta.dirname, "../../../../shared/recordings");

/** Added to the names of tests that have nothing to run on. */
export const skipReason = existsSync(folder) ? "" : " (skipped: no recordings beside the repository)";

/** One recorded exchange with the vendor. */
export interface Recording {
  readonly file: string;
  readonly kind: string;
  readonly model: string;
  /** As it was recorded: some wrote a colon in it, some `%3A`. */
  readonly path: string;
  readonly request: JsonObject;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
  /** What the frames of a stream hold, as whoever published them read them; `null` for a whole reply. */
  readonly events: readonly { readonly headers: Record<string, string>; readonly payload: JsonObject }[] | null;
}

/** The recordings of the vendor, of these kinds. */
export function readRecordings(kinds: readonly string[]): Recording[] {
  if (skipReason !== "") return [];
  return readFileSync(join(folder, "index.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { file: string; vendor: string; kind: string; second_hand: boolean })
    .filter(({ vendor, kind, second_hand }) => vendor === "bedrock" && kinds.includes(kind) && !second_hand)
    .map(({ file, kind }) => {
      const { request, response } = JSON.parse(readFileSync(join(folder, file), "utf8"));
      const path = /^[a-z]+:\/\/[^/]*([^?#]*)/.exec(request.url)?.[1] ?? "";
      return {
        file,
        kind,
        model: decodeURIComponent(path.split("/")[2] ?? ""),
        path,
        request: request.body ?? {},
        status: response.status,
        headers: response.headers,
        bytes:
          response.body_base64 === undefined
            ? Buffer.from(JSON.stringify(response.body))
            : Buffer.from(response.body_base64, "base64"),
        events: response.decoded_events ?? null,
      };
    });
}
