import { openAIChat, openAIResponses } from "@gw/dialects";
import { chatAnswer, responsesAnswer } from "../../provider-kit/test/read-answers.ts";
import { testReplay } from "../../provider-kit/test/replay.ts";
import { type Api, openai } from "../src/index.ts";

const create = (api: Api) => (_recording: unknown, origin: string) =>
  openai({ apiKey: "sk-replay-key", baseUrl: `${origin}/v1`, api });

testReplay(
  ["openai"],
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
    { kind: "count_tokens", dialect: "openai-responses", create: create("responses") },
    { kind: "embeddings", dialect: "openai-embeddings", create: create("chat") },
  ],
  {
    "openai/responses__none__image-in_pdf-in.json": "a stored prompt chooses the model, so the request names none",
  },
);
