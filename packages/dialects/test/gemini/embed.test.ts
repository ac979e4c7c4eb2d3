import { unknownUsage } from "@gw/core";
import { describe, expect, test } from "vitest";
import { decodeGeminiEmbed, encodeGeminiEmbed } from "../../src/gemini/embed.ts";

describe("embeddings", () => {
  test("each input is one request", () => {
    const { body, notes } = encodeGeminiEmbed({
      model: "e-1",
      input: ["a", "b"],
      dimensions: 8,
      inputType: "query",
      user: "u",
      providerOptions: { gemini: { title: "t" } },
    });
    const settings = { model: "models/e-1", taskType: "RETRIEVAL_QUERY", outputDimensionality: 8, title: "t" };
    expect(body).toEqual({
      requests: [
        { ...settings, content: { parts: [{ text: "a" }] } },
        { ...settings, content: { parts: [{ text: "b" }] } },
      ],
    });
    expect(notes.map(({ param }) => param)).toEqual(["user"]);
    expect(() => encodeGeminiEmbed({ model: "e-1", input: [[1, 2]] })).toThrow(
      expect.objectContaining({ code: "unsupported_capability", param: "input" }),
    );
  });

  test("vectors are read in order", () => {
    const usageMetadata = { promptTokenCount: 3 };
    expect(decodeGeminiEmbed({ embeddings: [{ values: [1, 2] }, { values: [3] }], usageMetadata })).toMatchObject({
      embeddings: [[1, 2], [3]],
      usage: { inputTokens: 3 },
    });
    expect(decodeGeminiEmbed({ embeddings: [] }).usage).toEqual(unknownUsage);
    expect(() => decodeGeminiEmbed({ embeddings: [{ values: ["x"] }] })).toThrow(
      expect.objectContaining({ code: "reply_malformed" }),
    );
  });
});
