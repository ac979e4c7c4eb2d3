import type { ReasoningEffort, TextRequest } from "@gw/core/types";
import type { OpenAIChatQuirks, OpenAIResponsesQuirks } from "@gw/dialects";

/** How OpenAI's models of one family differ from what the formats allow. */
export interface ModelFamily {
  /** Efforts that the model takes; empty where it does not reason. */
  readonly efforts: readonly ReasoningEffort[];
  /** It has no `/chat/completions`. */
  readonly responsesOnly: boolean;
  /** It has no `/responses`. */
  readonly chatOnly: boolean;
  /** Stop sequences are refused, whatever the effort. */
  readonly refusesStop: boolean;
  /** `/chat/completions` refuses functions while the model reasons. */
  readonly toolsNeedResponses: boolean;
}

const upToHigh: readonly ReasoningEffort[] = ["low", "medium", "high"];

/**
 * The family of a model id, dated and fine-tuned ones included. An id of no known family is taken for one of the newest: a new
 * model is more likely to be like the last one than like the first.
 *
 * @see models.dev of 2026-07-02 (efforts, sampling), LiteLLM's catalogue of 2026-08-01 (endpoints); enricoros/big-AGI#1159 of
 * 2026-07-10 (5.6 adds `max`), bolna-ai/bolna#852 of 2026-07-14 (from 5.1 on there is no `minimal`)
 */
export function modelFamily(model: string): ModelFamily {
  const id = model.replace(/^ft:/, "");
  const isPro = /-pro\b/.test(id);
  const isCodex = /codex/.test(id);
  const isDeepResearch = /deep-research/.test(id);
  const family: ModelFamily = {
    efforts: [],
    responsesOnly: isPro || isCodex || isDeepResearch,
    chatOnly: /audio|search-(?:preview|api)/.test(id),
    refusesStop: false,
    toolsNeedResponses: false,
  };
  if (/^(?:gpt-[34]|chatgpt|gpt-audio|davinci|babbage)/.test(id)) return family;
  if (/^(?:o\d|codex)/.test(id)) {
    // "Not supported with latest reasoning models o3 and o4-mini": openai SDK 7.55 on `stop`.
    return { ...family, efforts: isDeepResearch ? ["medium"] : upToHigh, refusesStop: /^(?:o3(?!-mini)|o4)/.test(id) };
  }
  const minor = minorOfGpt5(id);
  // Refused by 5, 5.1 and 5.2: huggingface/smolagents#1671 of 2025-08-11, #1868 of 2025-11-15, #1893 of 2025-12-12.
  const gpt5 = { ...family, refusesStop: true };
  if (/-chat/.test(id)) {
    // The chat variants think at one effort or not at all, and those of 5 and 5.3 take what older models take.
    return minor === 1 || minor === 2 ? { ...gpt5, efforts: ["medium"] } : family;
  }
  return {
    ...gpt5,
    efforts: effortsOf(minor, isPro, isCodex, id),
    // 400 "Function tools with reasoning_effort are not supported for gpt-5.4 in /v1/chat/completions": pipecat-ai/pipecat#4043
    // of 2026-03-16; unasked efforts count too: jeffdafoe/llm-memory-api#178 of 2026-04-29; 5.2: livekit/agents#5088 of 2026-03-11.
    toolsNeedResponses: minor >= 2,
  };
}

/** 5 -> 0, 5.1 -> 1, ...; newer generations and unknown names count as newer than all. */
function minorOfGpt5(id: string): number {
  const version = /^gpt-5(?:\.(\d+))?(?![\d.])/.exec(id);
  return version === null ? Number.POSITIVE_INFINITY : Number(version[1] ?? 0);
}

function effortsOf(minor: number, isPro: boolean, isCodex: boolean, id: string): readonly ReasoningEffort[] {
  if (isPro) return minor === 0 ? ["high"] : ["medium", "high", "xhigh"];
  if (isCodex && minor < 3) return /-max/.test(id) || minor === 2 ? [...upToHigh, "xhigh"] : upToHigh;
  if (minor === 0) return ["minimal", ...upToHigh];
  if (minor === 1) return ["none", ...upToHigh];
  return minor < 6 ? ["none", ...upToHigh, "xhigh"] : ["none", ...upToHigh, "xhigh", "max"];
}

/** @see `stop` in openai SDK 7.55: "Up to 4 sequences" */
const maxStopSequences = 4;

/** "Expected a value >= 16, but got 10 instead": vectorize-io/hindsight#58 of 2025-12-19, wm94i/Work-Review#41 of 2026-04-01. */
const minOutputTokens = 16;

const sampling = ["temperature", "topP", "presencePenalty", "frequencyPenalty", "logitBias", "logprobs"] as const;

/**
 * What the model refuses of this request, for either dialect: sampling while it reasons (models that can be told not to reason
 * take it then), and all talk of reasoning where it cannot.
 *
 * @see chatboxai/chatbox#2627 and nextai-translator/nextai-translator#1781 of 2025 (refusals); vercel/ai#10932 of 2025-12-06
 * (effort `none` takes temperature, `top_p`, `logprobs`; the other three are unverified, 2026-11-29); "reasoning.effort is not
 * supported with this model" recorded 2026
 */
export function modelQuirks(request: TextRequest): OpenAIResponsesQuirks & OpenAIChatQuirks {
  const { efforts, refusesStop } = modelFamily(request.model);
  const common = { maxStopSequences, minOutputTokens };
  if (efforts.length === 0) return { ...common, refusedParams: ["reasoning"], sealedReasoning: false };
  const whileReasoning = efforts.includes("none") && isReasoningOff(request) ? [] : sampling;
  return {
    refusedParams: [...whileReasoning, ...(refusesStop ? (["stopSequences"] as const) : [])],
    ...common,
    reasoningEfforts: efforts,
    // It reasons unasked too, nothing is stored unless the caller says so, and the next turn needs it.
    // @see `ResponseIncludable` in openai SDK 7.55
    sealedReasoning: true,
  };
}

/** The caller said that nothing should be thought. */
export function isReasoningOff({ reasoning }: TextRequest): boolean {
  return reasoning?.effort === "none" || (reasoning?.effort === undefined && reasoning?.budgetTokens === 0);
}
