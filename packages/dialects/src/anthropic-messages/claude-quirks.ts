import type { TextRequest } from "@gw/core/types";
import type { AnthropicMessagesQuirks } from "./quirks.ts";

/** A model's place in the line: `claude-opus-4-6` is `{family: "opus", version: 4.06}`. */
export interface ModelVersion {
  readonly family: string;
  /** Major version and a hundredth for each minor one, so that versions compare as numbers. */
  readonly version: number;
}

/**
 * Reads a model id, whoever serves it and whichever way round its parts stand (`claude-3-7-sonnet-20250219`, `claude-sonnet-4-5`); dates are no
 * version. `null` for an id without a version.
 */
export function claudeVersion(model: string): ModelVersion | null {
  const match =
    /claude-(?<family>[a-z]+)-(?<major>\d{1,2})(?:[-.](?<minor>\d{1,2})(?!\d))?(?!\d)/.exec(model) ??
    /claude-(?<major>\d{1,2})(?:[-.](?<minor>\d{1,2})(?!\d))?-(?<family>[a-z]+)/.exec(model);
  const { family, major, minor } = match?.groups ?? {};
  return family === undefined ? null : { family, version: Number(major) + Number(minor ?? 0) / 100 };
}

const sampling: readonly (keyof TextRequest)[] = ["temperature", "topP", "topK"];

/** Recorded 2026 as taken unstreamed too; newer models would give more. */
const defaultMaxOutputTokens = 64_000;

/**
 * How a model of the format's own maker departs from it, whoever serves it. An id of no known form is taken for one of the newest models: a new model is
 * more likely to be like the last one than like the first.
 *
 * @see NousResearch/hermes-agent#11137 (4.7: no sampling, no budgets); models.dev of 2026-07-02 (efforts, limits);
 * Anthropic's migration guide to 4.6, read 2026-11-20 (prefill is refused, budgets are deprecated); Amazon's page on adaptive
 * thinking, read 2026-11-20
 */
export function claudeQuirks(model: string): AnthropicMessagesQuirks {
  const { family, version } = claudeVersion(model) ?? { family: "", version: Number.POSITIVE_INFINITY };
  if (version < 3.07) {
    return { ...beforeStructuredOutput, thinking: "none", ...bound(version < 3.05 ? 4_096 : 8_192) };
  }
  if (version < 4.05) {
    return {
      ...beforeStructuredOutput,
      ...bound(family === "opus" ? 32_000 : 64_000),
      temperatureOrTopP: version >= 4.01,
    };
  }
  if (version < 4.06) {
    return {
      ...bound(64_000),
      temperatureOrTopP: true,
      ...(family === "opus" && { efforts: ["low", "medium", "high"] }),
    };
  }
  const adaptive = { defaultMaxOutputTokens, thinking: "adaptive", assistantPrefill: false } as const;
  if (version < 4.07) return { ...adaptive, efforts: ["low", "medium", "high", "max"], temperatureOrTopP: true };
  return {
    ...adaptive,
    efforts: ["low", "medium", "high", "xhigh", "max"],
    refusedParams: sampling,
    ...(family === "opus" && version >= 5 && { effortsWithoutThinking: ["low", "medium", "high"] }),
    ...(/fable|mythos/.test(model) && { forcedToolChoice: "never" }),
  };
}

const beforeStructuredOutput = { structuredOutput: "tool", strictTools: false } as const;

/** A request without a bound gets all that the model gives. */
function bound(maxOutputTokens: number) {
  return { maxOutputTokens, defaultMaxOutputTokens: maxOutputTokens } as const;
}
