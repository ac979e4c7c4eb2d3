import type { JsonObject } from "@gw/core";
import { describe, expect, it } from "vitest";
import { lackingNeeds, needsOf, requestNeed } from "../../src/routing/request-needs.ts";
import { madeUpModel, textWithout } from "./directory.ts";

const all = Object.values(requestNeed).reduce((bits, bit) => bits | bit, 0);
const { tools, structuredOutput, image, document, audio, video } = requestNeed;
const message = (...content: JsonObject[]): JsonObject => ({ messages: [{ role: "user", content }] });
const contents = (...parts: JsonObject[]): JsonObject => ({ contents: [{ role: "user", parts }] });

describe("needsOf", () => {
  it.each([
    ["a plain text", { messages: [{ role: "user", content: "image_url" }] }, 0],
    ["no tools", { tools: [] }, 0],
    ["tools", { tools: [{ type: "function" }] }, tools],
    ["JSON in chat", { response_format: { type: "json_object" } }, structuredOutput],
    ["text in chat", { response_format: { type: "text" } }, 0],
    ["a schema in chat", { response_format: { type: "json_schema" } }, structuredOutput],
    ["a schema in responses", { text: { format: { type: "json_schema" } } }, structuredOutput],
    ["a schema in messages", { output_config: { format: { type: "json_schema" } } }, structuredOutput],
    ["a schema in generateContent", { generationConfig: { responseSchema: {} } }, structuredOutput],
    ["an image in chat", message({ type: "text" }, { type: "image_url" }), image],
    ["sound in chat", message({ type: "input_audio" }), audio],
    ["a file in chat", message({ type: "file" }), document],
    ["an image in messages", message({ type: "image" }), image],
    ["a document in messages", message({ type: "document" }), document],
    ["an image in the result of a tool", message({ type: "tool_result", content: [{ type: "image" }] }), image],
    ["an image in responses", { input: [{ role: "user", content: [{ type: "input_image" }] }] }, image],
    ["an image in an output", { input: [{ type: "function_call_output", output: [{ type: "input_image" }] }] }, image],
    ["an image in generateContent", contents({ inlineData: { mimeType: "image/png" } }), image],
    ["a PDF in generateContent", contents({ fileData: { mimeType: "application/pdf" } }), document],
    ["sound in generateContent", contents({ inlineData: { mimeType: "audio/wav" } }), audio],
    ["video in generateContent", contents({ fileData: { mimeType: "video/mp4" } }), video],
    ["what no dialect has", { messages: [null, 7, { content: [{ type: "toString" }] }], input: "x", contents: {} }, 0],
  ])("%s", (_name, body, needs) => {
    expect(needsOf(body as JsonObject, all)).toBe(needs);
  });

  it("finds no more than it is asked for", () => {
    const body = { ...message({ type: "image" }), tools: [{}] };
    expect([needsOf(body, image), needsOf(body, tools), needsOf(body, audio)]).toEqual([image, tools, 0]);
  });
});

describe("lackingNeeds", () => {
  it("goes by the provider, and by the catalogue where that says more", () => {
    const blind = madeUpModel("a/blind", { a: null }, { input: ["text"], tools: false, structuredOutput: null });
    expect(lackingNeeds(textWithout("audioInput", "structuredOutput"), null)).toBe(audio | structuredOutput);
    expect(lackingNeeds(textWithout(), blind)).toBe(tools | image | document | audio | video);
    expect(lackingNeeds(textWithout(), madeUpModel("a/unknown", { a: null }))).toBe(0);
  });
});
