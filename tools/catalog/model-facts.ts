import type { Modality } from "@gw/core/types";
import type { CatalogFileModel } from "../../packages/catalog/src/catalog-file.ts";
import { type GenaiModel, type LiteLlmRow, type ModelsDevRow, sourceText } from "./sources.ts";
import { tokenizerOf } from "./tokenizer-of.ts";

const modalityOfMode: Readonly<Record<string, Modality>> = {
  chat: "text",
  responses: "text",
  embedding: "embed",
  rerank: "rerank",
  image_generation: "image",
  image_edit: "image",
  video_generation: "video",
  audio_speech: "speech",
  audio_transcription: "transcribe",
};
/** Modes that are listed though no modality of ours is theirs. */
const otherModes = ["ocr"];

/** The modality of a model, `null` for what is no single model call of ours, and `undefined` where its mode is unknown. */
function modalityOf(id: string, row: LiteLlmRow | undefined): Modality | null {
  // Lists call speech models chat models where they are reached through the same endpoint.
  if (/(?:^|[-_])tts(?:[-_]|$)/.test(id)) return "speech";
  if (row === undefined) return /embed/.test(id) ? "embed" : "text";
  return modalityOfMode[row.mode ?? ""] ?? null;
}

/** True for what the catalogue lists. */
export function isListed(row: LiteLlmRow | undefined, facts: ModelsDevRow | undefined): boolean {
  if (row !== undefined) return row.mode !== undefined && (row.mode in modalityOfMode || otherModes.includes(row.mode));
  return facts?.modalities?.output?.includes("text") === true;
}

/** What is known of a model. Limits, modalities and abilities are those of models.dev where it knows the model. */
export function modelFacts(
  id: string,
  ownId: string,
  row: LiteLlmRow | undefined,
  facts: ModelsDevRow | undefined,
): CatalogFileModel {
  const modality = modalityOf(ownId, row);
  const isText = modality === "text";
  const output = facts?.modalities?.output ?? outputsOf(modality);
  const modalities: Modality[] = modality === null ? [] : [modality];
  // Models that draw while they talk answer as text models, too.
  if (modality === "image" && facts?.modalities?.output?.includes("text")) modalities.unshift("text");
  const contextTokens = positive(facts?.limit?.context);
  const maxInputTokens = positive(facts?.limit?.input) ?? positive(row?.max_input_tokens);
  const maxOutputTokens = isText ? (positive(facts?.limit?.output) ?? positive(row?.max_output_tokens)) : undefined;
  const reasoning = isText ? (facts?.reasoning ?? flag(row, "supports_reasoning")) : undefined;
  const tools = isText ? (facts?.tool_call ?? flag(row, "supports_function_calling")) : undefined;
  const structured = isText ? (facts?.structured_output ?? flag(row, "supports_response_schema")) : undefined;
  const tokenizer = isText || modality === "embed" ? tokenizerOf(id) : undefined;
  const deprecated = facts?.status === "deprecated" || row?.deprecation_date !== undefined;
  return {
    id,
    ...(modalities.length > 0 && { modalities }),
    input: [...(facts?.modalities?.input ?? inputsOf(modality, row))],
    ...(modality !== "embed" && modality !== "rerank" && { output: [...output] }),
    ...(reasoning !== undefined && { reasoning }),
    ...(tools !== undefined && { tools }),
    ...(structured !== undefined && { structuredOutput: structured }),
    ...(contextTokens !== undefined && { contextTokens }),
    ...(maxInputTokens !== undefined && { maxInputTokens }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(tokenizer !== undefined && { tokenizer }),
    ...(facts?.release_date !== undefined && { releasedOn: wholeDate(facts.release_date) }),
    ...(deprecated && { deprecated }),
    ...(row?.deprecation_date !== undefined && { retiresOn: row.deprecation_date }),
    sources: sourceText(
      ...(row === undefined ? [] : ["litellm" as const]),
      ...(facts === undefined ? [] : ["models.dev" as const]),
      ...(tokenizer === undefined ? [] : ["tiktoken" as const]),
    ),
  };
}

/** What genai-prices alone knows of a model. */
export function youngerModel(id: string, modality: Modality, genai: GenaiModel): CatalogFileModel {
  return {
    id,
    modalities: [modality],
    ...(genai.context_window !== undefined && { contextTokens: genai.context_window }),
    sources: sourceText("genai-prices"),
  };
}

function inputsOf(modality: Modality | null, row: LiteLlmRow | undefined): string[] {
  if (modality === "transcribe") return ["audio"];
  if (row?.mode === "ocr") return ["pdf", "image"];
  const inputs = ["text"];
  if (row?.supports_vision === true || row?.mode === "image_edit") inputs.push("image");
  if (row?.supports_pdf_input === true) inputs.push("pdf");
  if (row?.supports_audio_input === true) inputs.push("audio");
  return inputs;
}

function outputsOf(modality: Modality | null): string[] {
  if (modality === "image") return ["image"];
  if (modality === "video") return ["video"];
  return [modality === "speech" ? "audio" : "text"];
}

/** A month stands for its first day. */
function wholeDate(date: string): string {
  return date.padEnd(10, "-01");
}

function positive(value: number | undefined): number | undefined {
  return value !== undefined && value > 0 ? value : undefined;
}

function flag(row: LiteLlmRow | undefined, name: string): boolean | undefined {
  return typeof row?.[name] === "boolean" ? (row[name] as boolean) : undefined;
}
