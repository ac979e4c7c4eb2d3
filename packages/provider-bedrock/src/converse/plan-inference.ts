import type { JsonObject, TextRequest } from "@gw/core/types";
import {
  type AnthropicMessagesQuirks,
  anthropicMessages,
  effortOfBudget,
  type NoteList,
  nearestEffort,
} from "@gw/dialects";
import type { ConverseQuirks } from "./converse-quirks.ts";

/** How an answer is bounded, sampled and thought about. */
export interface InferencePlan {
  readonly inferenceConfig: JsonObject;
  /** What only this model's family has words for. */
  readonly additionalModelRequestFields: JsonObject;
  /** `outputConfig.effort`. */
  readonly effort?: string;
}

/** Says bounds, sampling and thinking as the model takes them; reports the rest. */
export function planInference(request: TextRequest, quirks: ConverseQuirks, notes: NoteList): InferencePlan {
  const stopSequences = request.stopSequences?.filter((sequence) => sequence !== "") ?? [];
  const stops = stopSequences.length > 0 ? { stopSequences } : {};
  if (quirks.claude !== null) {
    const plan = planClaude(request, quirks.claude, notes);
    return { ...plan, inferenceConfig: { ...plan.inferenceConfig, ...stops } };
  }
  return {
    inferenceConfig: {
      ...(request.maxOutputTokens !== undefined && { maxTokens: request.maxOutputTokens }),
      ...(request.temperature !== undefined && { temperature: withinOne("temperature", request.temperature, notes) }),
      ...(request.topP !== undefined && { topP: request.topP }),
      ...stops,
    },
    additionalModelRequestFields: { ...encodeTopK(request, quirks, notes), ...encodeReasoning(request, quirks, notes) },
  };
}

/** Claude's rules are those of its own format, whose codec knows them; only the places differ. */
function planClaude(request: TextRequest, quirks: AnthropicMessagesQuirks, notes: NoteList): InferencePlan {
  const { model, maxOutputTokens, temperature, topP, topK, reasoning, toolChoice } = request;
  const asked: TextRequest = {
    model,
    messages: [],
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(topK !== undefined && { topK }),
    ...(reasoning !== undefined && { reasoning }),
    ...(request.tools !== undefined && toolChoice !== undefined && { tools: request.tools, toolChoice }),
  };
  const { body, notes: own } = anthropicMessages.encodeRequest(asked, { stream: false }, quirks);
  for (const note of own) if (!note.param.startsWith("tool")) notes.add(note);
  const { effort } = (body.output_config ?? {}) as { readonly effort?: string };
  return {
    inferenceConfig: withoutUndefined({ maxTokens: body.max_tokens, temperature: body.temperature, topP: body.top_p }),
    additionalModelRequestFields: withoutUndefined({ thinking: body.thinking, top_k: body.top_k }),
    ...(effort !== undefined && { effort }),
  };
}

/** @see @aws-sdk/client-bedrock-runtime 3.1162 `InferenceConfiguration`: from 0 to 1, whatever the model */
function withinOne(param: string, value: number, notes: NoteList): number {
  const within = Math.min(1, Math.max(0, value));
  if (within !== value) notes.mapped(param, `${within}, the range is 0 to 1`);
  return within;
}

function encodeTopK({ topK }: TextRequest, { topKField }: ConverseQuirks, notes: NoteList): JsonObject {
  if (topK === undefined) return {};
  // Recorded 2025 with Nova.
  if (topKField === "inferenceConfig.topK") return { inferenceConfig: { topK } };
  if (topKField !== null) return { [topKField]: topK };
  notes.dropped("topK", "the model has no word for it");
  return {};
}

function encodeReasoning({ reasoning }: TextRequest, quirks: ConverseQuirks, notes: NoteList): JsonObject {
  const { effort, budgetTokens } = reasoning ?? {};
  if (effort === undefined && budgetTokens === undefined) return {};
  const wanted = effort ?? (budgetTokens === undefined ? undefined : effortOfBudget(budgetTokens)) ?? "medium";
  if (quirks.reasoning === null) {
    if (wanted !== "none") notes.dropped("reasoning", "the model has no word for it");
    return {};
  }
  const isNova = quirks.reasoning === "reasoningConfig";
  if (wanted === "none" && isNova) return { reasoningConfig: { type: "disabled" } };
  const level = wanted === "none" ? "low" : nearestEffort(wanted, ["low", "medium", "high"]);
  if (level !== effort) notes.mapped("reasoning", `effort ${level}`);
  // Recorded 2026 with nova-2-lite.
  return isNova ? { reasoningConfig: { type: "enabled", maxReasoningEffort: level } } : { reasoning_effort: level };
}

function withoutUndefined(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
