import type { Modality } from "@gw/core/types";

/** Where one vendor's figures stand in each source, and which of them are left out. */
export interface VendorSources {
  /** What the catalogue and the provider packages call it. */
  readonly vendor: string;
  /** `litellm_provider` of its rows. The first one, with a slash, is also the prefix that some keys have. */
  readonly litellm: readonly string[];
  readonly modelsDev?: string;
  readonly genai?: string;
  /** From this day on hours of the day that genai-prices tells hold from Monday to Friday alone, for which it has no words. */
  readonly weekdayHoursFrom?: string;
  readonly portkey?: string;
  /** Ids that are left out, beyond what `everywhere` says. */
  readonly leave?: RegExp;
  /** Only ids that another source than LiteLLM's list knows: its list of this vendor is filled up with prices by size. */
  readonly confirmed?: true;
  /** Its models are others' too, and its ids hold their names: `author/model`. */
  readonly host?: true;
  /** Models of models.dev that LiteLLM's list lacks are left out: they are served by other endpoints of it. */
  readonly pricedOnly?: true;
  /** Models that only genai-prices knows so far. */
  readonly younger?: Readonly<Record<string, Modality>>;
  /** Other ids of a model, by its own: what answers name themselves when they are asked for by an id that no list has. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Models whose price of a search is due for every request. */
  readonly searchesEachRequest?: RegExp;
  /** What stands before the model's name in the ids that are sent, and not in the catalogue's. */
  readonly sentPrefix?: string;
}

/** The vendors of the catalogue. */
export const vendors: readonly VendorSources[] = [
  {
    vendor: "openai",
    litellm: ["openai"],
    modelsDev: "openai",
    genai: "openai",
    portkey: "openai",
    leave: /^ft:|container|^gpt-(?:realtime|live)|moderation/,
  },
  { vendor: "anthropic", litellm: ["anthropic"], modelsDev: "anthropic", genai: "anthropic", portkey: "anthropic" },
  {
    vendor: "google",
    litellm: ["gemini"],
    modelsDev: "google",
    genai: "google",
    portkey: "google",
    younger: { "gemini-3.7-flash": "text" },
    leave: /^gemini-exp|^learnlm|^lyria|^gemini-gemma|^gemini-robotics|^gemini-omni|^deep-research/,
  },
  {
    vendor: "bedrock",
    litellm: ["bedrock", "bedrock_converse"],
    modelsDev: "amazon-bedrock",
    genai: "aws",
    portkey: "bedrock",
    leave:
      /^ai21\.j2|^anthropic\.claude-(?:v|instant)|^amazon\.titan-text|^cohere\.command-(?:text|light)|^meta\.llama(?:2|3-8b|3-70b)-|steps|@/,
    pricedOnly: true,
  },
  {
    vendor: "xai",
    litellm: ["xai"],
    modelsDev: "xai",
    genai: "x-ai",
    portkey: "x-ai",
    leave: /beta$|^grok-2/,
    // Recorded in March 2026.
    aliases: { "grok-4-fast-reasoning": "grok-4-fast" },
  },
  {
    vendor: "mistral",
    litellm: ["mistral"],
    modelsDev: "mistral",
    genai: "mistral",
    portkey: "mistral-ai",
    leave: /^mistral-large-24|^mistral-medium-2312|^mistral-tiny|mamba/,
  },
  {
    vendor: "deepseek",
    litellm: ["deepseek"],
    modelsDev: "deepseek",
    genai: "deepseek",
    // Weekends of Beijing, by the comment of genai-prices 0.1.8 on its V4 models and https://github.com/pydantic/genai-prices/issues/582
    // (read 2026-11-29). Before 16:00 UTC, as all of these hours are, it is the same day there.
    weekdayHoursFrom: "2026-08-23",
    portkey: "deepseek",
  },
  {
    vendor: "groq",
    litellm: ["groq"],
    modelsDev: "groq",
    genai: "groq",
    portkey: "groq",
    leave: /^gemma-7b/,
    host: true,
  },
  {
    vendor: "cohere",
    litellm: ["cohere", "cohere_chat"],
    modelsDev: "cohere",
    genai: "cohere",
    portkey: "cohere",
    leave: /^command(?:-nightly|-light)?$|-v2\.0$/,
  },
  { vendor: "alibaba", litellm: ["dashscope"], modelsDev: "alibaba", portkey: "dashscope" },
  {
    vendor: "together",
    litellm: ["together_ai"],
    modelsDev: "togetherai",
    genai: "together",
    portkey: "together-ai",
    leave: /^together-ai|^togethercomputer|Mixtral|Mistral-7B|^BAAI/,
    host: true,
  },
  {
    vendor: "fireworks",
    litellm: ["fireworks_ai"],
    modelsDev: "fireworks-ai",
    genai: "fireworks",
    portkey: "fireworks-ai",
    confirmed: true,
    host: true,
    sentPrefix: "accounts/fireworks/models/",
  },
  {
    vendor: "perplexity",
    litellm: ["perplexity"],
    modelsDev: "perplexity",
    genai: "perplexity",
    portkey: "perplexity-ai",
    // Recorded in 2025 and 2026: usage objects state it as `request_cost`.
    searchesEachRequest: /^sonar(?!-deep)/,
    leave: /^(?!sonar(?:-pro|-reasoning|-reasoning-pro|-deep-research)?$|pplx-embed)/,
  },
  {
    vendor: "cerebras",
    litellm: ["cerebras"],
    modelsDev: "cerebras",
    genai: "cerebras",
    portkey: "cerebras",
    host: true,
  },
  {
    vendor: "moonshot",
    litellm: ["moonshot"],
    modelsDev: "moonshotai",
    genai: "moonshotai",
    portkey: "moonshot",
    younger: { "kimi-k3": "text" },
  },
  { vendor: "minimax", litellm: ["minimax"], modelsDev: "minimax", genai: "minimax", portkey: "minimax" },
  {
    vendor: "zai",
    litellm: ["zai"],
    modelsDev: "zai",
    genai: "zai",
    portkey: "z-ai",
    younger: { "glm-5.3": "text" },
  },
  {
    vendor: "workers-ai",
    litellm: ["cloudflare"],
    modelsDev: "cloudflare-workers-ai",
    portkey: "workers-ai",
    leave: /lora|llama-2-|codellama|mistral-7b/,
    host: true,
  },
  {
    vendor: "voyage",
    litellm: ["voyage"],
    genai: "voyageai",
    younger: { "voyage-4": "embed", "voyage-4-large": "embed", "voyage-4-lite": "embed" },
    leave: /^voyage-(?:2|lite-0\d|large-2)/,
  },
  { vendor: "jina", litellm: ["jina_ai"], portkey: "jina" },
  { vendor: "deepgram", litellm: ["deepgram"], portkey: "deepgram", leave: /^base|^enhanced/ },
  { vendor: "assemblyai", litellm: ["assemblyai"] },
  { vendor: "elevenlabs", litellm: ["elevenlabs"], leave: /experimental/ },
  { vendor: "stability", litellm: ["stability"], portkey: "stability-ai" },
  { vendor: "black-forest-labs", litellm: ["black_forest_labs"] },
  { vendor: "runway", litellm: ["runwayml"], leave: /^eleven_/ },
  { vendor: "recraft", litellm: ["recraft"] },
];

/** Ids that no vendor's part of the catalogue holds: live models wait for a modality of theirs. */
export const everywhere = /realtime|live|native-audio/;

/** The release of genai-prices whose data is read, and its day: the installed package does not tell it. */
export const genaiRelease = { version: "0.1.8", date: "2026-09-23" } as const;

/** The dates of the states that were read, see README.md. */
export const sourceDates = {
  litellm: "2026-08-01",
  "models.dev": "2026-07-02",
  "genai-prices": genaiRelease.date,
  portkey: "2026-08-21",
  tiktoken: "2026-08-16",
} as const;

/** Models that their vendor stopped serving before this day are left out. */
export const retiredBefore = "2026-02-01";
