import { type AnthropicMessagesQuirks, claudeQuirks } from "@gw/dialects";

/** Where a model takes a cache point. */
export type CachePlace = "system" | "messages" | "tools";

/** How one model departs from the others behind Converse. */
export interface ConverseQuirks {
  /** Set for Claude, whose sampling and thinking go in the words of the Messages format. */
  readonly claude: AnthropicMessagesQuirks | null;
  /** The field under `additionalModelRequestFields` that bounds sampling to so many tokens; `null` where none is known. */
  readonly topKField: "top_k" | "k" | "inferenceConfig.topK" | null;
  /** How thinking is asked for: Nova's `reasoningConfig`, an effort as OpenAI's open models take it, or no way known. */
  readonly reasoning: "reasoningConfig" | "reasoning_effort" | null;
  readonly cachePlaces: readonly CachePlace[];
  /** Whether the result of a call may say that it failed. */
  readonly toolResultStatus: boolean;
  /** The strongest choice of tools that is taken. */
  readonly toolChoice: "auto" | "any" | "tool";
  readonly structuredOutput: boolean;
  readonly strictTools: boolean;
}

/** What is asked of a model that nothing is known of: it says itself what it refuses. */
const unknown: ConverseQuirks = {
  claude: null,
  topKField: null,
  reasoning: null,
  cachePlaces: [],
  toolResultStatus: false,
  toolChoice: "tool",
  structuredOutput: true,
  strictTools: true,
};
const withoutSchemas = { structuredOutput: false, strictTools: false } as const;

/** @see @aws-sdk/client-bedrock-runtime 3.1162 (doc comments); AWS's pages on prompt caching and structured outputs, read 2026-11-20 */
const families: readonly (readonly [RegExp, Partial<ConverseQuirks>])[] = [
  [
    /amazon\.nova/,
    {
      ...withoutSchemas,
      topKField: "inferenceConfig.topK",
      cachePlaces: ["system", "messages"],
      toolResultStatus: true,
    },
  ],
  [/amazon\.titan|ai21\.|writer\./, withoutSchemas],
  [/meta\.llama/, { ...withoutSchemas, toolChoice: "auto" }],
  [/cohere\.command/, { ...withoutSchemas, toolChoice: "auto", topKField: "k" }],
  [/mistral\.(?:mistral|mixtral|pixtral)/, { ...withoutSchemas, toolChoice: "any", topKField: "top_k" }],
  [/openai\.gpt-oss/, { reasoning: "reasoning_effort" }],
];

/** The quirks of a model by its id, be it a model's, an inference profile's, or an ARN that ends in one. */
export function converseQuirks(model: string): ConverseQuirks {
  if (isClaude(model)) {
    const claude = claudeQuirks(model);
    return {
      ...unknown,
      claude,
      cachePlaces: ["system", "messages", "tools"],
      toolResultStatus: true,
      structuredOutput: claude.structuredOutput !== "tool",
      strictTools: claude.strictTools !== false,
    };
  }
  const family = families.find(([pattern]) => pattern.test(model))?.[1];
  // Recorded 2026: nova-2-lite takes `reasoningConfig`; the first Novas do not think.
  return { ...unknown, ...family, ...(/amazon\.nova-2/.test(model) && { reasoning: "reasoningConfig" }) };
}

/** True for the Claude models that speak the Messages format: all since the third generation. */
export function isClaude(model: string): boolean {
  return /(?:^|[./])anthropic\.claude-(?!v\d|instant)/.test(model);
}
