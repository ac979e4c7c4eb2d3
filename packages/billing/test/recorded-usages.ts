import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonValue, Usage } from "@gw/core";
import { anthropicMessages, gemini, openAIChat, openAIEmbeddings, openAIResponses } from "@gw/dialects";
import { readUsage } from "./read-usage.ts";

const folder = join(import.meta.dirname, "../../../../shared/recordings");

/** Added to the names of tests that have nothing to run on. */
export const recordingsSkipReason = existsSync(folder) ? "" : " (skipped: ../shared/recordings is not here)";

/** A usage as some vendor's recorded answer states it. */
export interface RecordedUsage {
  readonly file: string;
  readonly vendor: string;
  readonly kind: string;
  readonly model: string | null;
  readonly usage: Usage;
}

const codecs = {
  chat: openAIChat,
  responses: openAIResponses,
  messages: anthropicMessages,
  generateContent: gemini,
  embeddings: openAIEmbeddings,
} as const;

interface Exchange {
  readonly response: { readonly status: number; readonly body?: JsonValue; readonly body_text?: string };
}

/** The usage of every recorded answer that a wire format of ours reads and that states one. */
export function recordedUsages(): RecordedUsage[] {
  if (recordingsSkipReason !== "") return [];
  const lines = readFileSync(join(folder, "index.jsonl"), "utf8").trim().split("\n");
  return lines.flatMap((line): RecordedUsage[] => {
    const { file, vendor, kind, model, status, second_hand: secondHand } = JSON.parse(line);
    if (secondHand || status !== 200 || !(kind in codecs || kind === "converse")) return [];
    const { response } = JSON.parse(readFileSync(join(folder, file), "utf8")) as Exchange;
    const usage = usageIn(kind, response);
    return usage === null ? [] : [{ file, vendor, kind, model, usage }];
  });
}

function usageIn(kind: string, { body, body_text: text }: Exchange["response"]): Usage | null {
  if (kind === "converse") {
    const usage = (body as { usage?: JsonValue } | undefined)?.usage;
    return usage === undefined ? null : readUsage("converse", usage);
  }
  const isStream = body === undefined;
  const observer = codecs[kind as keyof typeof codecs].observer({ stream: isStream, hideUsage: false });
  try {
    if (isStream) for (const data of framesOf(text ?? "")) observer.frame({ data });
    else observer.whole(body);
  } catch {
    // Errors and answers of other forms state no usage that could be paid.
    return null;
  }
  const { usage } = observer.observation();
  return usage.inputTokens === null && usage.outputTokens === null ? null : usage;
}

function framesOf(text: string): string[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice("data:".length).trim());
}
