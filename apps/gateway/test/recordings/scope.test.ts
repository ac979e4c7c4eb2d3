import { describe, expect, test } from "vitest";
import { recordings, skipped, skipReason } from "./corpus.ts";

/** What is not replayed, why, and how many there are of it. */
const notReplayed: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "in a format of the vendor's own, which nobody here speaks yet": {
    "bedrock converse": 32,
    "bedrock invoke": 19,
    "cohere chat": 19,
    "alibaba native-text": 21,
    "alibaba native-multimodal": 2,
    "ollama ollama-chat": 5,
    "ollama ollama-generate": 4,
    "alibaba native-embeddings": 3,
    "bedrock embeddings": 2,
    "cohere embeddings": 2,
    "ollama embeddings": 1,
    "google-vertex embeddings": 1,
  },
  "with an endpoint that the gateway does not have": {
    "openai completions": 13,
    "together completions": 1,
    "anthropic batch": 1,
    "google batch": 2,
    "openai batch": 3,
    "xai batch": 2,
    "anthropic files": 4,
    "google files": 2,
    "mistral files": 1,
    "openai files": 4,
    "xai files": 1,
    "google cachedContents": 1,
    "openai moderation": 3,
    "alibaba task": 7,
  },
  "without text or embeddings": {
    "openai image": 4,
    "xai image": 1,
    "alibaba native-image": 3,
    "alibaba native-video": 3,
    "mistral ocr": 1,
    "openai stt": 1,
    "mistral tts": 1,
    "openrouter tts": 1,
    "xai tts": 1,
    "alibaba native-rerank": 4,
    "cohere rerank": 2,
    "openrouter rerank": 1,
    "voyage rerank": 1,
  },
  "lists of models, which the gateway answers itself": {
    "alibaba models": 1,
    "anthropic models": 1,
    "bedrock-mantle models": 1,
    "google models": 1,
    "google-vertex models": 6,
    "huggingface models": 1,
    "openai models": 2,
    "perplexity models": 1,
  },
  "on the translated lane only, in a test of their own": {
    "google embeddings": 2,
    "openai count_tokens": 2,
  },
  "quoted from documentation": { "second hand": 11 },
};

describe.skipIf(skipReason !== "")(`the corpus${skipReason}`, () => {
  test("is replayed, but for what is listed here", () => {
    const counts: Record<string, number> = {};
    for (const { vendor, kind, second_hand: quoted } of skipped) {
      const name = quoted === true ? "second hand" : `${vendor} ${kind}`;
      counts[name] = (counts[name] ?? 0) + 1;
    }
    expect(counts).toEqual(Object.assign({}, ...Object.values(notReplayed)));
    expect([recordings.length, skipped.length]).toEqual([414, 209]);
  });
});
