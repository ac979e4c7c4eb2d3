import { existsSync, readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { JsonObject, JsonValue } from "@gw/core";
import type { Frame } from "../../src/frame.ts";

const shared = resolve(import.meta.dirname, "../../../../../shared");
const exchangesDirectory = resolve(shared, "recordings");
const bodiesDirectory = resolve(shared, "recordings-raw/vercel-ai");

/** Why tests over recorded traffic do not run, for their names; empty where they do. */
export const missing =
  existsSync(exchangesDirectory) && existsSync(bodiesDirectory) ? "" : " (skipped: ../shared/recordings is not here)";

/** A recorded reply of status 200, with its request where that was kept. */
export interface Reply {
  readonly name: string;
  readonly request: JsonObject | null;
  readonly whole: JsonObject | null;
  readonly frames: readonly Frame[] | null;
}

/** A recorded error answer. */
export interface Refusal {
  readonly name: string;
  readonly status: number;
  readonly body: string;
}

interface Exchange {
  readonly request: { readonly body?: JsonObject };
  readonly response: { readonly status: number; readonly body?: JsonObject; readonly body_text?: string };
}

function exchanges(): { name: string; exchange: Exchange }[] {
  if (missing !== "") return [];
  return readFileSync(resolve(exchangesDirectory, "index.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { file: string; kind: string; second_hand: boolean })
    .filter((entry) => entry.kind === "responses" && !entry.second_hand)
    .map(({ file }) => ({
      name: file,
      exchange: JSON.parse(readFileSync(resolve(exchangesDirectory, file), "utf8")) as Exchange,
    }));
}

/** Every recorded reply in this format, streamed or whole. */
export function recordedReplies(): Reply[] {
  const replies = exchanges()
    .filter(({ exchange }) => exchange.response.status === 200)
    .map(({ name, exchange: { request, response } }) => ({
      name,
      request: request.body ?? null,
      whole: response.body ?? null,
      frames: response.body_text === undefined ? null : framesOf(response.body_text),
    }));
  return [...replies, ...recordedBodies()];
}

/** Bodies that came without their requests. */
function recordedBodies(): Reply[] {
  if (missing !== "") return [];
  const folders = ["azure", "open-responses/responses", "openai/responses", "xai/responses"];
  return folders.flatMap((folder) =>
    readdirSync(resolve(bodiesDirectory, folder)).flatMap((file): Reply[] => {
      const text = readFileSync(resolve(bodiesDirectory, folder, file), "utf8");
      const name = `${folder}/${file}`;
      if (file.endsWith(".json")) {
        const whole = JSON.parse(text) as JsonObject;
        return whole.object === "response" ? [{ name, request: null, whole, frames: null }] : [];
      }
      // Several answers may follow each other in one file.
      const answers: Frame[][] = [];
      for (const data of text.split("\n").filter((line) => line.trim() !== "")) {
        if (data.includes('"response.created"')) answers.push([]);
        answers.at(-1)?.push({ data });
      }
      return answers.map((frames, position) => ({ name: `${name}#${position}`, request: null, whole: null, frames }));
    }),
  );
}

/** Every recorded error answer in this format. */
export function recordedRefusals(): Refusal[] {
  return exchanges()
    .filter(({ exchange }) => exchange.response.status >= 400)
    .map(({ name, exchange: { response } }) => ({
      name,
      status: response.status,
      body: response.body_text ?? JSON.stringify(response.body as JsonValue),
    }));
}

/** Splits server-sent events, as far as recorded text needs it. */
function framesOf(text: string): Frame[] {
  return text
    .replaceAll("\r\n", "\n")
    .split("\n\n")
    .flatMap((block): Frame[] => {
      const lines = block.split("\n");
      const data = lines.filter((line) => line.startsWith("data:")).map((line) => line.slice(5).replace(/^ /, ""));
      const event = lines
        .find((line) => line.startsWith("event:"))
        ?.slice(6)
        .trim();
      return data.length === 0 ? [] : [{ ...(event !== undefined && { event }), data: data.join("\n") }];
    });
}
