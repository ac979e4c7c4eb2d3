import { ApiError, type Content, FunctionCallingConfigMode, GoogleGenAI, ThinkingLevel } from "@google/genai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../src/index.ts";

let sandbox: Sandbox;
let client: GoogleGenAI;
beforeAll(async () => {
  sandbox = await startSandbox({ paceMs: 0 });
  client = new GoogleGenAI({ apiKey: "any", httpOptions: { baseUrl: sandbox.baseUrls.google } });
});
afterAll(() => sandbox.close());

const model = "gemini-3.5-flash";
const tools = [
  {
    functionDeclarations: [
      {
        name: "get_weather",
        parametersJsonSchema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
      },
    ],
  },
];

async function streamText(contents: string): Promise<{ text: string; last: unknown }> {
  let text = "";
  let last: unknown;
  for await (const chunk of await client.models.generateContentStream({ model, contents })) {
    text += chunk.text ?? "";
    last = chunk.usageMetadata;
  }
  return { text, last };
}

test("answers the same twice, whole and streamed", async () => {
  const contents = "Why is the sky blue?";
  const [first, again] = [
    await client.models.generateContent({ model, contents }),
    await client.models.generateContent({ model, contents }),
  ];
  expect(again.candidates).toEqual(first.candidates);
  expect(again.responseId).toBe(first.responseId);
  expect(first.text).toContain(contents);
  expect(await streamText(contents)).toEqual({ text: first.text, last: first.usageMetadata });
  expect((await client.models.generateContent({ model, contents: "Why?" })).responseId).not.toBe(first.responseId);
});

test("a stream without alt=sse is one JSON array with the same chunks", async () => {
  const post = async (query: string) => {
    const response = await fetch(`${sandbox.url}/v1beta/models/${model}:streamGenerateContent${query}`, {
      method: "POST",
      headers: { "x-goog-api-key": "any" },
      body: JSON.stringify({ contents: [{ role: "user", parts: [{ text: "Hello" }] }] }),
    });
    return response.text();
  };
  const events = (await post("?alt=sse")).split("\r\n\r\n").filter((event) => event !== "");
  expect(events.length).toBeGreaterThan(3);
  expect(JSON.parse(await post(""))).toEqual(events.map((event) => JSON.parse(event.replace("data: ", ""))));
});

test("maxOutputTokens cuts; thinking counts in it", async () => {
  const contents = "Say exactly: one two three four five";
  const config = { maxOutputTokens: 3, thinkingConfig: { thinkingBudget: 0 } };
  const cut = await client.models.generateContent({ model, contents, config });
  expect(cut).toMatchObject({ text: "one two three", candidates: [{ finishReason: "MAX_TOKENS" }] });
  expect(cut.usageMetadata).toMatchObject({ candidatesTokenCount: 3 });
  const thought = await client.models.generateContent({ model, contents, config: { maxOutputTokens: 3 } });
  expect(thought.candidates?.[0]).toEqual({ content: { role: "model" }, finishReason: "MAX_TOKENS", index: 0 });
  expect(thought.usageMetadata).toMatchObject({ thoughtsTokenCount: 3 });
});

test.each([true, false])("parallel calls go round with their signature (stream: %s)", async (stream) => {
  const contents: Content[] = [{ role: "user", parts: [{ text: "Compare the weather in Paris and Rome." }] }];
  const ask = async (): Promise<Content[]> => {
    if (!stream)
      return [
        (await client.models.generateContent({ model, contents, config: { tools } })).candidates?.[0]?.content ?? {},
      ];
    const chunks: Content[] = [];
    for await (const chunk of await client.models.generateContentStream({ model, contents, config: { tools } })) {
      const content = chunk.candidates?.[0]?.content;
      if (content !== undefined) chunks.push(content);
    }
    return chunks;
  };
  const called = await ask();
  const parts = called.flatMap((content) => content.parts ?? []).filter((part) => part.functionCall !== undefined);
  expect(parts.map((part) => part.functionCall?.args)).toEqual([{ city: "Paris" }, { city: "Rome" }]);
  expect(parts.map((part) => typeof part.thoughtSignature)).toEqual(["string", "undefined"]);
  contents.push(...called, {
    role: "user",
    parts: parts.map(({ functionCall }, index) => ({
      functionResponse: {
        id: functionCall?.id ?? "",
        name: functionCall?.name ?? "",
        response: { degrees: 17 + index },
      },
    })),
  });
  const answered = (await ask())
    .flatMap((content) => content.parts ?? [])
    .map((part) => part.text ?? "")
    .join("");
  expect(answered).toContain('get_weather answered: {"degrees":17}');
  expect(answered).toContain('get_weather answered: {"degrees":18}');
  const signed = called.flatMap((content) => content.parts ?? []).find((part) => part.thoughtSignature);
  if (signed === undefined) throw new Error("no signature came");
  signed.thoughtSignature = seal("other");
  await expect(ask()).rejects.toMatchObject({ status: 400 });
  delete signed.thoughtSignature;
  await expect(ask()).rejects.toMatchObject({ status: 400 });
});

function seal(text: string): string {
  return Buffer.from(text.padEnd(48)).toString("base64");
}

test("a forced function is called; 2.5 gives no ids", async () => {
  const config = { tools, toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } } };
  const [third, second] = [
    await client.models.generateContent({ model, contents: "Hello", config }),
    await client.models.generateContent({ model: "gemini-2.5-flash", contents: "Hello", config }),
  ];
  expect(third.functionCalls?.[0]).toMatchObject({ name: "get_weather", id: expect.any(String) });
  expect(second.functionCalls?.[0]?.id).toBeUndefined();
});

test("thoughts are shown when asked for", async () => {
  const thinkingConfig = { includeThoughts: true, thinkingLevel: ThinkingLevel.LOW };
  const answer = await client.models.generateContent({ model, contents: "Why?", config: { thinkingConfig } });
  const parts = answer.candidates?.[0]?.content?.parts ?? [];
  expect(parts.map((part) => [part.thought ?? false, typeof part.thoughtSignature])).toEqual([
    [true, "undefined"],
    [false, "string"],
  ]);
  expect(answer.usageMetadata?.thoughtsTokenCount).toBeGreaterThan(0);
});

test("structured output satisfies either kind of schema", async () => {
  const properties = { city: { type: "string" }, degrees: { type: "integer", minimum: 1, maximum: 9 } };
  const responseJsonSchema = { type: "object", properties, required: ["city", "degrees"] };
  const expected = { city: "Oslo", degrees: expect.any(Number) };
  for (const config of [{ responseJsonSchema }, { responseSchema: responseJsonSchema }]) {
    const answer = await client.models.generateContent({
      model,
      contents: "It is cold in Oslo",
      config: { responseMimeType: "application/json", ...config },
    });
    expect(JSON.parse(answer.text ?? "")).toEqual(expected);
  }
});

test("media are acknowledged, and counted by kind", async () => {
  const data = Buffer.from("bytes").toString("base64");
  const parts = [
    { inlineData: { mimeType: "image/png", data } },
    { inlineData: { mimeType: "audio/wav", data } },
    { inlineData: { mimeType: "application/pdf", data } },
    { text: "What are these?" },
  ];
  const answer = await client.models.generateContent({ model, contents: [{ role: "user", parts }] });
  expect(answer.text).toContain("an image (image/png, 5 bytes)");
  expect(answer.text).toContain("an audio clip (audio/wav, 5 bytes)");
  expect(answer.text).toContain("a document (application/pdf, 5 bytes)");
  expect(answer.usageMetadata?.promptTokensDetails).toEqual(
    expect.arrayContaining([
      { modality: "IMAGE", tokenCount: 258 },
      { modality: "DOCUMENT", tokenCount: 258 },
    ]),
  );
});

test("a refused prompt has no candidates", async () => {
  const refused = await client.models.generateContent({ model, contents: "[[gw-refuse]]" });
  expect(refused.candidates).toBeUndefined();
  expect(refused.promptFeedback).toEqual({ blockReason: "PROHIBITED_CONTENT" });
});

test("tokens are counted, and texts embedded", async () => {
  const contents = "How many?";
  const { totalTokens } = await client.models.countTokens({ model, contents });
  expect(totalTokens).toBe((await client.models.generateContent({ model, contents })).usageMetadata?.promptTokenCount);
  const config = { outputDimensionality: 16 };
  const { embeddings } = await client.models.embedContent({
    model: "gemini-embedding-001",
    contents: ["a", "b"],
    config,
  });
  expect(embeddings?.map(({ values }) => values?.length)).toEqual([16, 16]);
});

test("errors raise the SDK's own class", async () => {
  const limited = client.models.generateContent({ model, contents: "[[gw-fault:status=429;retry-after=2]]" });
  await expect(limited).rejects.toBeInstanceOf(ApiError);
  await expect(limited).rejects.toMatchObject({ status: 429, message: expect.stringContaining('"retryDelay":"2s"') });
  const response = await fetch(`${sandbox.url}/v1beta/models`);
  expect([response.status, await response.json()]).toMatchObject([403, { error: { status: "PERMISSION_DENIED" } }]);
});
