import { isJsonObject, type JsonObject, type JsonValue, type ToolResultPart } from "@gw/core";
import { readObject, required } from "../read-json.ts";
import { parseObject } from "./call-arguments.ts";
import { decodeMedia, encodeMedia } from "./media-part.ts";
import { readList, splitFields } from "./wire-fields.ts";

type ResultContent = ToolResultPart["content"];

/**
 * Reads what a function returned: `{result: "text"}` is that text, `{error: ...}` a failure, and any other object its JSON.
 *
 * @throws {GatewayError} `invalid_request`
 */
export function decodeToolResultContent(
  response: JsonValue | undefined,
  parts: JsonValue | undefined,
  path: string,
): { content: ResultContent; isError?: true } {
  const fields = readObject(response, `${path}.response`) ?? {};
  const media = readList(parts, `${path}.parts`).map((part, index) => decodePart(part, `${path}.parts[${index}]`));
  const failure = onlyField(fields, "error");
  const text = failure ?? onlyField(fields, "result") ?? JSON.stringify(fields);
  return {
    content: [{ type: "text", text }, ...media],
    ...(failure !== undefined && { isError: true }),
  };
}

/** The text of an object's one field; an object in `error` as JSON. Text that would be read as an object stays wrapped. */
function onlyField(fields: JsonObject, name: "result" | "error"): string | undefined {
  const value = fields[name];
  if (value === undefined || Object.keys(fields).length !== 1) return undefined;
  if (name === "error" && isJsonObject(value)) return JSON.stringify(value);
  return typeof value === "string" && parseObject(value) === null ? value : undefined;
}

function decodePart(value: JsonValue, path: string): ResultContent[number] {
  const { known, rest } = splitFields(required(readObject(value, path), path), ["inlineData", "fileData"]);
  if (known.inlineData !== undefined) return decodeMedia("inlineData", known.inlineData, `${path}.inlineData`, rest);
  if (known.fileData !== undefined) return decodeMedia("fileData", known.fileData, `${path}.fileData`, rest);
  return { type: "opaque", origin: "gemini", value };
}

/** A result's `response` object and its media. */
export interface WireToolResult {
  readonly response: JsonObject;
  readonly media: readonly JsonObject[];
  /** Blocks that only another dialect knows were left out. */
  readonly dropped: boolean;
}

/** Writes what a tool returned. `response` has to be an object: other text is wrapped as `{result}` or `{error}`. */
export function encodeToolResultContent({ content, isError }: ToolResultPart): WireToolResult {
  const texts: string[] = [];
  const media: JsonObject[] = [];
  let dropped = false;
  for (const part of content) {
    if (part.type === "text") texts.push(part.text);
    else if (part.type === "document" && part.source.type === "text") texts.push(part.source.text);
    else if (part.type !== "opaque") media.push(encodeMedia(part));
    else if (part.origin === "gemini" && isJsonObject(part.value)) media.push(part.value);
    else dropped = true;
  }
  const text = texts.join("\n");
  const value = parseObject(text);
  const response = isError ? { error: value ?? text } : (value ?? { result: text });
  return { response, media, dropped };
}
