import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isJsonObject, type JsonValue } from "@gw/core";
import { rawFolder, type TextFormat, type TextRecording } from "./corpus.ts";

/** Answers of which only the body was published: whole, or as the data of a stream's events, one a line. */
export const publishedBodies = readSet("vercel-ai");

function readSet(name: string): TextRecording[] {
  const folder = join(rawFolder, name);
  if (!existsSync(folder)) return [];
  return globSync("**/*.{json,chunks.txt}", { cwd: folder })
    .toSorted()
    .flatMap((path) => {
      const text = readFileSync(join(folder, path), "utf8").trim();
      const isStream = path.endsWith(".txt");
      const [first = ""] = isStream ? text.split("\n") : [text];
      const format = formatOf(parse(first));
      return format === null ? [] : [bodyRecording(`${name}/${path}`, format, text, isStream)];
    });
}

function bodyRecording(file: string, format: TextFormat, text: string, isStream: boolean): TextRecording {
  return {
    file,
    vendor: /xai/.test(file) ? "xai" : "published",
    format,
    operation: "generate",
    model: "some-model",
    request: null,
    status: 200,
    headers: { "content-type": isStream ? "text/event-stream" : "application/json" },
    bytes: Buffer.from(isStream ? firstAnswer(text.split("\n")).map(frameOf).join("") : text),
    isStream,
  };
}

/** Some files hold the answers of several turns, one after the other. */
function firstAnswer(lines: readonly string[]): readonly string[] {
  const end = lines.findIndex((line) =>
    /"type":"(?:message_stop|response\.(?:completed|incomplete|failed))"/.test(line),
  );
  return end === -1 ? lines : lines.slice(0, end + 1);
}

function frameOf(data: string): string {
  const event = parse(data);
  const name = isJsonObject(event) && typeof event.type === "string" ? `event: ${event.type}\n` : "";
  return `${name}data: ${data}\n\n`;
}

/** The format of an answer, or of the first event of one; `null` for everything else. */
function formatOf(body: JsonValue): TextFormat | null {
  if (!isJsonObject(body)) return null;
  if (/^chat\.completion/.test(String(body.object))) return "openai-chat";
  if (body.object === "response" || String(body.type).startsWith("response.")) return "openai-responses";
  if (body.type === "message_start" || (body.type === "message" && "stop_reason" in body)) return "anthropic-messages";
  return Array.isArray(body.candidates) ? "gemini" : null;
}

function parse(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return null;
  }
}
