import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { JsonObject } from "@gw/core";
import type { Frame } from "../../src/frame.ts";

const shared = join(import.meta.dirname, "../../../../../shared");

/** The recordings lie beside the repository; without them these tests are skipped. */
export const recordingsExist = existsSync(join(shared, "recordings/index.jsonl"));

/** One recorded exchange in the chat completions format. */
export interface RecordedChat {
  readonly name: string;
  readonly vendor: string;
  readonly status: number;
  readonly request: JsonObject | null;
  /** A whole reply, or `null` for a stream or an error that is not JSON. */
  readonly body: JsonObject | null;
  readonly text: string;
  /** Empty for a whole reply. */
  readonly frames: readonly Frame[];
}

/** Every exchange with a vendor that speaks the format, and replies that were published without their requests. */
export function recordedChats(): RecordedChat[] {
  return recordingsExist ? [...exchanges(), ...replays(), ...replies()] : [];
}

function exchanges(): RecordedChat[] {
  return readFileSync(join(shared, "recordings/index.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { file: string; kind: string; vendor: string; second_hand: boolean })
    .filter(({ kind, vendor, second_hand }) => kind === "chat" && vendor !== "cohere" && !second_hand)
    .map(({ file, vendor }) => {
      const { request, response } = JSON.parse(readFileSync(join(shared, "recordings", file), "utf8"));
      const text = response.body_text ?? JSON.stringify(response.body);
      return {
        name: file,
        vendor,
        status: response.status,
        request: request.body ?? null,
        body: response.body ?? null,
        text,
        frames: response.body === undefined ? framesOf(text) : [],
      };
    });
}

/** The set that kept each chunk as the network cut it. Two of its files are empty. */
function replays(): RecordedChat[] {
  const folder = join(shared, "recordings-raw/req_llm");
  return filesUnder(folder, ".json").flatMap((path) => {
    const content = readFileSync(path, "utf8");
    if (!content.includes("/chat/completions")) return [];
    const { request, response, chunks = [] } = JSON.parse(content);
    const kept: { readonly b64: string }[] = response.body?.b64 === undefined ? chunks : [response.body];
    const bytes = kept.map(({ b64 }) => Buffer.from(b64, "base64"));
    const streamed = Buffer.concat(bytes).toString();
    return [
      {
        name: relative(shared, path),
        vendor: relative(folder, path).split("/")[0] ?? "",
        status: response.status,
        request: request.canonical_json,
        body: streamed === "" ? response.body : null,
        text: streamed === "" ? JSON.stringify(response.body) : streamed,
        frames: framesOf(streamed),
      },
    ];
  });
}

/** Bodies alone; a stream is one payload a line, without its terminator. */
function replies(): RecordedChat[] {
  const folder = join(shared, "recordings-raw/vercel-ai");
  return filesUnder(folder, "").flatMap((path): RecordedChat[] => {
    const text = readFileSync(path, "utf8");
    if (!text.includes('"chat.completion')) return [];
    const name = relative(shared, path);
    const common = { name, vendor: relative(folder, path).split("/")[0] ?? "", status: 200, request: null };
    if (path.endsWith(".json")) return [{ ...common, body: JSON.parse(text) as JsonObject, text, frames: [] }];
    if (path.endsWith(".sse")) return [{ ...common, body: null, text, frames: framesOf(text) }];
    return answersIn(text).map((frames, index) => ({ ...common, name: `${name}#${index}`, body: null, text, frames }));
  });
}

/** Several answers may follow one another in a file; each has an id of its own. */
function answersIn(text: string): Frame[][] {
  const answers = new Map<string, Frame[]>();
  let last = "";
  for (const data of text.trim().split("\n")) {
    // A first chunk without an id belongs to the answer after it.
    const id: string = JSON.parse(data).id;
    if (last === "") answers.set(id, answers.get("") ?? []);
    const answer = answers.get(id) ?? [];
    answer.push({ data });
    answers.set(id, answer);
    last = id;
  }
  answers.delete("");
  return [...answers.values()];
}

function filesUnder(folder: string, extension: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(extension))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Splits server-sent events, as far as recorded text needs it. */
function framesOf(text: string): Frame[] {
  return text
    .replaceAll("\r\n", "\n")
    .split("\n\n")
    .flatMap((block) => {
      const lines = block.split("\n");
      const data = lines.filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trim());
      const event = lines.find((line) => line.startsWith("event:"))?.slice(6);
      return data.length === 0 ? [] : [{ data: data.join("\n"), ...(event !== undefined && { event: event.trim() }) }];
    });
}
