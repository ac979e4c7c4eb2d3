import { openAIChat, openAIResponses } from "@gw/dialects";
import { chatAnswer, responsesAnswer } from "../../provider-kit/test/read-answers.ts";
import type { Recording } from "../../provider-kit/test/recordings.ts";
import { testReplay } from "../../provider-kit/test/replay.ts";
import { openAICompatible } from "../src/index.ts";

const vendors = [
  "alibaba",
  "azure",
  "bedrock-mantle",
  "cerebras",
  "deepseek",
  "groq",
  "huggingface",
  "mistral",
  "moonshot",
  "ollama",
  "openrouter",
  "perplexity",
  "together",
  "xai",
  "zai",
];
const endpoint = /\/(?:chat\/completions|responses|embeddings)\b.*$/;
const create = (api: "chat" | "responses") => (recording: Recording, origin: string) =>
  openAICompatible({
    baseUrl: (origin || "http://127.0.0.1") + recording.path.replace(endpoint, ""),
    apiKey: "sk-replay-key",
    api,
  });

testReplay(
  vendors,
  [
    {
      kind: "chat",
      dialect: "openai-chat",
      codec: openAIChat,
      create: create("chat"),
      read: chatAnswer,
      added: ["stream_options"],
    },
    {
      kind: "responses",
      dialect: "openai-responses",
      codec: openAIResponses,
      create: create("responses"),
      read: responsesAnswer,
    },
    { kind: "embeddings", dialect: "openai-embeddings", create: create("chat") },
  ],
  {
    "azure/chat__openllmetry-testing__refusal-filter.json": "an error in a reply of status 200, which both lanes throw",
    "ollama/embeddings__nomic-embed-text__plain.json": "in a format of the server's own",
  },
);
