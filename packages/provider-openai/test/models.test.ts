import type { Message, TextRequest } from "@gw/core/types";
import { describe, expect, test } from "vitest";
import { chooseApi } from "../src/choose-api.ts";
import { modelFamily, modelQuirks } from "../src/model-family.ts";

const words: Message = { role: "user", content: [{ type: "text", text: "hi" }] };
const ask = (model: string, more: Partial<TextRequest> = {}): TextRequest => ({ model, messages: [words], ...more });
const tools: TextRequest["tools"] = [{ type: "function", name: "f" }];
const sampling = ["temperature", "topP", "presencePenalty", "frequencyPenalty", "logitBias", "logprobs"];

test.each<[string, string]>([
  ["gpt-3.5-turbo", ""],
  ["gpt-4o-2024-08-06", ""],
  ["gpt-4.1-nano", ""],
  ["chatgpt-4o-latest", ""],
  ["gpt-audio-mini", ""],
  ["ft:gpt-4o-mini-2024-07-18:org::id", ""],
  ["o1", "low medium high"],
  ["o3-mini-2025-01-31", "low medium high"],
  ["o4-mini", "low medium high"],
  ["ft:o4-mini-2025-04-16", "low medium high"],
  ["o4-mini-deep-research", "medium"],
  ["codex-mini-latest", "low medium high"],
  ["gpt-5", "minimal low medium high"],
  ["gpt-5-2025-08-07", "minimal low medium high"],
  ["gpt-5-nano", "minimal low medium high"],
  ["gpt-5-pro", "high"],
  ["gpt-5-codex", "low medium high"],
  ["gpt-5-chat-latest", ""],
  ["gpt-5.1", "none low medium high"],
  ["gpt-5.1-chat-latest", "medium"],
  ["gpt-5.1-codex-mini", "low medium high"],
  ["gpt-5.1-codex-max", "low medium high xhigh"],
  ["gpt-5.2", "none low medium high xhigh"],
  ["gpt-5.2-codex", "low medium high xhigh"],
  ["gpt-5.2-pro-2025-12-11", "medium high xhigh"],
  ["gpt-5.3-chat-latest", ""],
  ["gpt-5.3-codex", "none low medium high xhigh"],
  ["gpt-5.4-mini-2026-03-17", "none low medium high xhigh"],
  ["gpt-5.6-terra", "none low medium high xhigh max"],
  ["gpt-5.10", "none low medium high xhigh max"],
  ["gpt-6-astra", "none low medium high xhigh max"],
  ["something-new", "none low medium high xhigh max"],
])("%s takes the efforts: %s", (model, efforts) => {
  expect(modelFamily(model).efforts.join(" ")).toBe(efforts);
});

test.each<[string, boolean]>([
  ["gpt-4.1", false],
  ["gpt-5.5", true],
  ["o3", true],
])("%s is asked to seal its reasoning: %s", (model, sealed) => {
  expect(modelQuirks(ask(model)).sealedReasoning).toBe(sealed);
});

test.each(["gpt-4.1", "o1"])("%s takes four stop sequences, and bounds from 16 on", (model) => {
  expect(modelQuirks(ask(model))).toMatchObject({ maxStopSequences: 4, minOutputTokens: 16 });
});

describe("what a model refuses", () => {
  test.each<[string, TextRequest, readonly string[]]>([
    ["nothing but reasoning, where it has none", ask("gpt-4.1"), ["reasoning"]],
    ["sampling, where it always reasons", ask("o1"), sampling],
    ["sampling and stops", ask("o3"), [...sampling, "stopSequences"]],
    [
      "sampling though told not to reason, where it cannot obey",
      ask("gpt-5", { reasoning: { effort: "none" } }),
      [...sampling, "stopSequences"],
    ],
    ["sampling while it may reason", ask("gpt-5.1"), [...sampling, "stopSequences"]],
    ["stops alone, told not to reason", ask("gpt-5.1", { reasoning: { effort: "none" } }), ["stopSequences"]],
    ["stops alone, given no tokens to reason", ask("gpt-5.6", { reasoning: { budgetTokens: 0 } }), ["stopSequences"]],
    [
      "sampling, told to reason a little",
      ask("gpt-5.4", { reasoning: { effort: "low", budgetTokens: 0 } }),
      [...sampling, "stopSequences"],
    ],
  ])("%s", (_case, request, refused) => {
    expect(modelQuirks(request).refusedParams).toEqual(refused);
  });
});

describe("the endpoint of a request", () => {
  const history = (...content: Extract<Message, { role: "assistant" }>["content"]): Partial<TextRequest> => ({
    messages: [words, { role: "assistant", content }, words],
  });
  const results = (type: "text" | "image"): Partial<TextRequest> => ({
    messages: [
      words,
      {
        role: "tool",
        content: [
          {
            type: "tool-result",
            toolCallId: "c",
            content: [type === "text" ? { type, text: "x" } : { type, source: { type: "url", url: "http://a" } }],
          },
        ],
      },
    ],
  });
  test.each<[string, TextRequest, "chat" | "responses"]>([
    ["words", ask("gpt-4.1"), "chat"],
    ["words to a new model", ask("gpt-5.6"), "chat"],
    ["tools", ask("gpt-4.1", { tools }), "chat"],
    ["tools of a model that reasons and takes them", ask("gpt-5", { tools, reasoning: { effort: "low" } }), "chat"],
    ["tools of a model that reasons unasked", ask("gpt-5.6", { tools }), "responses"],
    ["tools of a model that was told not to", ask("gpt-5.6", { tools, reasoning: { effort: "none" } }), "chat"],
    ["a model without chat", ask("gpt-5-pro"), "responses"],
    ["another model without chat", ask("gpt-5.3-codex"), "responses"],
    ["a third model without chat", ask("o3-deep-research"), "responses"],
    ["a model without responses", ask("gpt-4o-search-preview", { previousResponseId: "r" }), "chat"],
    ["a wish to see reasoning", ask("gpt-5", { reasoning: { summary: "auto" } }), "responses"],
    ["a wish to see reasoning that is not there", ask("gpt-4.1", { reasoning: { includeText: true } }), "chat"],
    ["an earlier response", ask("gpt-4.1", { previousResponseId: "r" }), "responses"],
    [
      "a field of the endpoint's own",
      ask("gpt-4.1", { providerOptions: { "openai-responses": { include: [] } } }),
      "responses",
    ],
    ["a field of the other's own", ask("gpt-4.1", { providerOptions: { "openai-chat": { modalities: [] } } }), "chat"],
    [
      "a tool of the endpoint's own",
      ask("gpt-4.1", { tools: [{ type: "vendor", origin: "openai-responses", value: {} }] }),
      "responses",
    ],
    [
      "reasoning to hand back",
      ask("gpt-5", history({ type: "reasoning", text: "", origin: "openai-responses", sealed: "x" })),
      "responses",
    ],
    ["reasoning of another vendor", ask("gpt-5", history({ type: "reasoning", text: "x", origin: "gemini" })), "chat"],
    [
      "an item to hand back",
      ask("gpt-4.1", history({ type: "opaque", origin: "openai-responses", value: {} })),
      "responses",
    ],
    ["a result in words", ask("gpt-4.1", results("text")), "chat"],
    ["a result with an image", ask("gpt-4.1", results("image")), "responses"],
    [
      "a document by its address",
      ask("gpt-4.1", {
        messages: [{ role: "user", content: [{ type: "document", source: { type: "url", url: "http://a" } }] }],
      }),
      "responses",
    ],
    [
      "sound",
      ask("gpt-audio", {
        messages: [
          { role: "user", content: [{ type: "audio", source: { type: "base64", mediaType: "audio/wav", data: "" } }] },
        ],
      }),
      "chat",
    ],
  ])("with %s", (_case, request, api) => {
    expect(chooseApi(request)).toBe(api);
  });
});
