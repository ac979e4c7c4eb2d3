import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { GatewayError, isGatewayError, type JsonObject, type JsonValue, unknownUsage } from "@gw/core";
import OpenAI from "openai";
import { describe, expect, test } from "vitest";
import { openAIEmbeddings } from "../../src/openai-embeddings/openai-embeddings.ts";

const shared = join(import.meta.dirname, "../../../../../shared/recordings");
const recordingsExist = existsSync(join(shared, "index.jsonl"));
const skipped = recordingsExist ? "" : " (skipped: ../shared/recordings is not here)";

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isGatewayError(error)) return `${error.code} ${error.param}`;
    throw error;
  }
  return "none";
}

describe("a caller's request", () => {
  const inputs: readonly (readonly [JsonValue, unknown])[] = [
    ["a", ["a"]],
    [
      ["a", "b"],
      ["a", "b"],
    ],
    [[1, 2], [[1, 2]]],
    [
      [[1, 2], "a"],
      [[1, 2], "a"],
    ],
  ];
  test.each(inputs)("%j", (input, expected) => {
    const decoded = openAIEmbeddings.decodeRequest({
      model: "m",
      input,
      dimensions: 256,
      encoding_format: "base64",
      user: "u",
      truncation: true,
    });
    expect(decoded).toEqual({
      request: {
        model: "m",
        input: expected,
        dimensions: 256,
        user: "u",
        providerOptions: { "openai-embeddings": { truncation: true } },
      },
      encodingFormat: "base64",
    });
    expect(openAIEmbeddings.encodeRequest(decoded.request)).toEqual({
      body: { model: "m", input: expected, dimensions: 256, user: "u", truncation: true },
      notes: [],
    });
  });

  const faults: readonly (readonly [JsonObject, string])[] = [
    [{ input: "a" }, "model"],
    [{ model: "m" }, "input"],
    [{ model: "m", input: [] }, "input"],
    [{ model: "m", input: {} }, "input"],
    [{ model: "m", input: ["a", 1.5] }, "input[1]"],
    [{ model: "m", input: [[]] }, "input[0]"],
    [{ model: "m", input: "a", dimensions: "256" }, "dimensions"],
    [{ model: "m", input: "a", encoding_format: "int8" }, "encoding_format"],
  ];
  test.each(faults)("%j", (body, param) => {
    expect(codeOf(() => openAIEmbeddings.decodeRequest(body))).toBe(`invalid_request ${param}`);
  });

  test("what cannot be sent is reported", () => {
    const { body, notes } = openAIEmbeddings.encodeRequest(
      { model: "m", input: ["a"], inputType: "query", dimensions: 2, providerOptions: { gemini: { title: "t" } } },
      { refusedParams: ["dimensions"] },
    );
    expect(body).toEqual({ model: "m", input: ["a"] });
    expect(notes.map(({ outcome, param }) => `${outcome} ${param}`)).toEqual([
      "dropped inputType",
      "dropped title",
      "dropped dimensions",
    ]);
  });
});

describe("the official SDK", () => {
  // All of them have an exact 32-bit form.
  const result = {
    model: null,
    embeddings: [
      [0.5, -0.25, 1],
      [0, 2, -3.5],
    ],
    usage: { ...unknownUsage, inputTokens: 9 },
  };
  /** A client whose network is the codec. */
  const client = new OpenAI({
    apiKey: "none",
    baseURL: "http://gateway.invalid/v1",
    maxRetries: 0,
    fetch: async (_url, init) => {
      const { request, encodingFormat } = openAIEmbeddings.decodeRequest(JSON.parse(String(init?.body)));
      if (request.model === "gone") {
        const error = openAIEmbeddings.encodeError(new GatewayError("model_not_found", "No such model"), "req_1");
        return Response.json(error, { status: 404 });
      }
      return Response.json(openAIEmbeddings.encodeResult(result, { model: request.model, encodingFormat }));
    },
  });

  test.each([undefined, "base64", "float"] as const)("reads vectors that it asked for as %s", async (encoding) => {
    const answer = await client.embeddings.create({
      model: "m",
      input: ["a", "b"],
      ...(encoding !== undefined && { encoding_format: encoding }),
    });
    // Asked for base64 by name, it hands the text on.
    if (encoding === "base64") {
      expect(answer.data.map(({ embedding }) => embedding)).toEqual(["AAAAPwAAgL4AAIA/", "AAAAAAAAAEAAAGDA"]);
    } else {
      expect(answer.data.map(({ embedding }) => embedding)).toEqual(result.embeddings);
    }
    expect(answer).toMatchObject({ object: "list", model: "m", usage: { prompt_tokens: 9, total_tokens: 9 } });
  });

  test("raises its own error class", async () => {
    await expect(client.embeddings.create({ model: "gone", input: "a" })).rejects.toMatchObject({
      status: 404,
      code: "model_not_found",
    });
  });
});

describe("a vendor's answer", () => {
  test("vectors stand in the order of their indexes", () => {
    const body = {
      data: [
        { index: 1, embedding: [2] },
        { index: 0, embedding: [1] },
      ],
      model: "",
      usage: { total_tokens: 12 },
    };
    expect(openAIEmbeddings.decodeResult(body)).toEqual({
      model: null,
      embeddings: [[1], [2]],
      usage: { ...unknownUsage, inputTokens: 12, raw: { total_tokens: 12 } },
    });
  });

  const broken: readonly (readonly [string, JsonValue, string])[] = [
    ["no object", null, "reply_malformed null"],
    ["no data", {}, "reply_malformed null"],
    ["a gap", { data: [{ index: 1, embedding: [1] }] }, "reply_malformed null"],
    [
      "an index twice",
      {
        data: [
          { index: 0, embedding: [1] },
          { index: 0, embedding: [1] },
        ],
      },
      "reply_malformed null",
    ],
    ["no vector", { data: [{ index: 0 }] }, "reply_malformed null"],
    ["no numbers", { data: [{ index: 0, embedding: ["1"] }] }, "reply_malformed null"],
    ["no base64", { data: [{ index: 0, embedding: "?" }] }, "reply_malformed null"],
    ["base64 of no floats", { data: [{ index: 0, embedding: "AAA=" }] }, "reply_malformed null"],
    ["base64 of what is not a number", { data: [{ index: 0, embedding: "AADAfw==" }] }, "reply_malformed null"],
    ["an error", { error: { message: "no", code: 429 } }, "rate_limited null"],
  ];
  test.each(broken)("%s", (_name, body, code) => {
    expect(codeOf(() => openAIEmbeddings.decodeResult(body))).toBe(code);
  });
});

interface Recorded {
  readonly name: string;
  readonly status: number;
  readonly request: JsonObject;
  // biome-ignore lint/suspicious/noExplicitAny: raw JSON, read as it lies there
  readonly body: any;
}

/** Exchanges in this format; one vendor's vectors are 8-bit integers, which the format does not have. */
function recorded(): Recorded[] {
  if (!recordingsExist) return [];
  return readFileSync(join(shared, "index.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { file: string; kind: string; vendor: string })
    .filter(({ kind, vendor }) => kind === "embeddings" && vendor !== "perplexity")
    .map(({ file }) => {
      const { request, response } = JSON.parse(readFileSync(join(shared, file), "utf8"));
      return { name: file, status: response.status, request: request.body, body: response.body };
    })
    .filter(({ body }) => body?.error !== undefined || body?.object === "list");
}

/** The first number of a vector, read without the code under test. */
function firstNumber(embedding: number[] | string): number | undefined {
  return typeof embedding === "string" ? Buffer.from(embedding, "base64").readFloatLE(0) : embedding[0];
}

describe.skipIf(!recordingsExist)(`recorded exchanges${skipped}`, () => {
  const exchanges = recorded();
  const answered = exchanges.filter(({ status }) => status === 200);
  const failed = exchanges.filter(({ status }) => status !== 200);

  test.each(answered.map((exchange) => [exchange.name, exchange] as const))("%s", (_name, { request, body }) => {
    const result = openAIEmbeddings.decodeResult(body);
    expect(result.embeddings.map(([first]) => first)).toEqual(
      body.data.map(({ embedding }: { embedding: number[] | string }) => firstNumber(embedding)),
    );
    expect(result.embeddings[0]?.length).toBe(request.dimensions ?? result.embeddings[0]?.length);
    expect(result.usage.inputTokens).toBe(body.usage.total_tokens);
    const observer = openAIEmbeddings.observer({ stream: false, hideUsage: false });
    observer.whole(body);
    const { model, usage } = result;
    expect(observer.observation()).toEqual({ id: null, model, finishReason: "stop", usage });
    expect(openAIEmbeddings.decodeRequest(request).request.model).toBe(request.model);
  });

  test.each(failed.map((exchange) => [exchange.name, exchange] as const))("%s", (_name, { status, body }) => {
    const codes: Readonly<Record<number, string>> = {
      400: "invalid_request",
      401: "authentication_failed",
      403: "permission_denied",
      404: "model_not_found",
    };
    const error = openAIEmbeddings.decodeError({ status, headers: {}, body: JSON.stringify(body) });
    expect(error.code).toBe(codes[status]);
  });

  test("there are some of both", () => {
    expect([answered.length > 5, failed.length > 3]).toEqual([true, true]);
  });
});
