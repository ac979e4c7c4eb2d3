import { inspect } from "node:util";
import type { GatewayError, TextRequest } from "@gw/core";
import { describe, expect, test } from "vitest";
import { type BedrockOptions, bedrock, providerPackage } from "../src/index.ts";
import { connect, eventStream } from "./connect.ts";
import { readRecordings, skipReason } from "./recordings.ts";

const json = { "content-type": "application/json" };
const accessKey = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG",
  sessionToken: "IQoJb3JpZ2luX2VjE",
};
const request = (model: string): TextRequest => ({
  model,
  messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }],
});
const failure = (promise: Promise<unknown>) =>
  promise.then(() => null).catch((error: unknown) => error as GatewayError);

test.each<[object, string]>([
  [{ apiKey: "k" }, "region"],
  [{ apiKey: "k", region: "us-east-1.evil.test/" }, "region"],
  [{ region: "us-east-1" }, "accessKeyId"],
  [{ region: "us-east-1", accessKeyId: "a" }, "secretAccessKey"],
  [{ region: "us-east-1", accessKeyId: "a", secretAccessKey: "b c" }, "secretAccessKey"],
  [{ region: "us-east-1", apiKey: "k", api: "messages" }, "api"],
  [{ region: "us-east-1", apiKey: "k", profile: "default" }, "profile"],
])("the options %j are wrong in %s", (options, param) => {
  expect(() => bedrock(options as BedrockOptions)).toThrow(
    expect.objectContaining({ code: "invalid_request", param } satisfies Partial<GatewayError>),
  );
});

test("is loaded by name, switched on by a key of its own beside a region", () => {
  expect(providerPackage).toMatchObject({
    vendor: "bedrock",
    environment: {
      apiKey: "AWS_BEARER_TOKEN_BEDROCK",
      options: { region: "AWS_REGION" },
      switchedOnBy: [["apiKey", "region"]],
    },
  });
  expect(providerPackage.create({ apiKey: "k", region: "us-gov-west-1" }).id).toBe("bedrock");
});

test("each request is signed with the access key", async () => {
  const { provider, sent } = connect({ status: 500, headers: json, pieces: [] }, accessKey);
  await failure(provider.text.generate(request("amazon.nova-micro-v1:0")));
  expect(sent[0]).toMatchObject({
    url: "https://bedrock-runtime.us-east-1.amazonaws.com/model/amazon.nova-micro-v1%3A0/converse",
    headers: {
      "x-amz-security-token": accessKey.sessionToken,
      "x-amz-date": expect.stringMatching(/^\d{8}T\d{6}Z$/),
      authorization: expect.stringMatching(
        /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/us-east-1\/bedrock\/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$/,
      ),
    },
  });
});

test("neither the access key's secret nor its token is in an error that quotes them", async () => {
  const message = `The Canonical String was x-amz-security-token:${accessKey.sessionToken} ${accessKey.secretAccessKey}`;
  const pieces = [Buffer.from(JSON.stringify({ message }))];
  const { provider } = connect({ status: 403, headers: json, pieces }, accessKey);
  const error = await failure(provider.text.generate(request("amazon.nova-micro-v1:0")));
  expect(error?.upstream?.body).toContain("x-amz-security-token:***");
  const shown = inspect(error, { depth: 9, showHidden: true });
  expect(shown).not.toContain(accessKey.secretAccessKey);
  expect(shown).not.toContain(accessKey.sessionToken);
});

describe("errors", () => {
  const invalid = "x is not valid";
  test.each<[number, string, string, GatewayError["code"]]>([
    [400, "ValidationException", invalid, "invalid_request"],
    [400, "ValidationException", "The provided model identifier is invalid.", "model_not_found"],
    [400, "ValidationException", "Retry your request with the ID or ARN of an inference profile", "model_not_found"],
    [400, "ValidationException", "Input Tokens Exceeded: too many", "context_length_exceeded"],
    [400, "ServiceQuotaExceededException", "Your request exceeds the service quota", "quota_exhausted"],
    [
      403,
      "UnrecognizedClientException",
      "The security token included in the request is invalid.",
      "authentication_failed",
    ],
    [403, "InvalidSignatureException", "Signature expired", "authentication_failed"],
    [403, "ExpiredTokenException", "expired", "authentication_failed"],
    [403, "AccessDeniedException", "You don't have access to the model", "permission_denied"],
    [403, "AccessDeniedException", "Please make sure your API Key is valid.", "authentication_failed"],
    [404, "ResourceNotFoundException", "end of its life", "model_not_found"],
    [408, "ModelTimeoutException", "timed out", "timed_out"],
    [424, "ModelErrorException", "failed", "upstream_failed"],
    [429, "ThrottlingException", "Too many requests", "rate_limited"],
    [429, "ThrottlingException", "Too many tokens per day, please wait", "quota_exhausted"],
    [429, "ModelNotReadyException", "not ready", "overloaded"],
    [500, "InternalServerException", "failed", "upstream_failed"],
    [503, "ServiceUnavailableException", "Model is getting throttled. Try your request again.", "overloaded"],
  ])("%i %s %j is %s", async (status, exception, message, code) => {
    const headers = { ...json, "x-amzn-errortype": `${exception}:http://internal.test/`, "x-amzn-requestid": "r1" };
    const pieces = [Buffer.from(JSON.stringify({ message }))];
    for (const model of ["amazon.nova-micro-v1:0", "anthropic.claude-sonnet-5"]) {
      const { provider } = connect({ status, headers, pieces });
      expect(await failure(provider.text.generate(request(model)))).toMatchObject({
        code,
        httpStatus: status,
        requestId: "r1",
        message,
      });
    }
  });

  // Frames by Amazon's own encoder (@smithy/eventstream-codec 4.5).
  test.each<[string, GatewayError["code"], string]>([
    [
      "throttlingException",
      "rate_limited",
      "0000005f00000040a9bdc6e30d3a6d6573736167652d74797065070009657863657074696f6e0f3a657863657074696f6e2d747970650700137468726f74746c696e67457863657074696f6e7b226d657373616765223a226d227d1222e538",
    ],
    [
      "modelStreamErrorException",
      "upstream_failed",
      "0000006500000046ab4fc3f10d3a6d6573736167652d74797065070009657863657074696f6e0f3a657863657074696f6e2d747970650700196d6f64656c53747265616d4572726f72457863657074696f6e7b226d657373616765223a226d227da29839af",
    ],
    [
      "internalServerException",
      "upstream_failed",
      "0000006300000044ca01577d0d3a6d6573736167652d74797065070009657863657074696f6e0f3a657863657074696f6e2d74797065070017696e7465726e616c536572766572457863657074696f6e7b226d657373616765223a226d227d2b013ed2",
    ],
    [
      "serviceUnavailableException",
      "overloaded",
      "00000067000000483637bd960d3a6d6573736167652d74797065070009657863657074696f6e0f3a657863657074696f6e2d7479706507001b73657276696365556e617661696c61626c65457863657074696f6e7b226d657373616765223a226d227d4324ef85",
    ],
    [
      "modelTimeoutException",
      "timed_out",
      "000000610000004259a2a1280d3a6d6573736167652d74797065070009657863657074696f6e0f3a657863657074696f6e2d747970650700156d6f64656c54696d656f7574457863657074696f6e7b226d657373616765223a226d227d91145c4d",
    ],
    [
      "validationException",
      "invalid_request",
      "0000005f00000040a9bdc6e30d3a6d6573736167652d74797065070009657863657074696f6e0f3a657863657074696f6e2d7479706507001376616c69646174696f6e457863657074696f6e7b226d657373616765223a226d227d2a43fffe",
    ],
    [
      "an error of the connection",
      "upstream_failed",
      "000000570000004707a918810d3a6d6573736167652d747970650700056572726f720b3a6572726f722d636f646507000f496e7465726e616c4661696c7572650e3a6572726f722d6d6573736167650700016dac474ac1",
    ],
    [
      "a message of no known type",
      "reply_malformed",
      "0000002900000019cd983adc0d3a6d6573736167652d7479706507000874656c656772616dff8d8054",
    ],
  ])("%s in a stream is %s", async (_exception, code, hex) => {
    const { provider } = connect({ headers: { "content-type": eventStream }, pieces: [Buffer.from(hex, "hex")] });
    const read = (async () => {
      for await (const _event of provider.text.stream(request("amazon.nova-micro-v1:0"))) expect.unreachable();
    })();
    expect(await failure(read)).toMatchObject({ code, provider: "bedrock" });
  });
});

describe.skipIf(skipReason !== "")(`recorded embeddings${skipReason}`, () => {
  const inputs: Readonly<Record<string, { input: string[]; inputTokens: number; dimensions: number }>> = {
    "amazon.nova-2-multimodal-embeddings-v1:0": {
      input: ["Ruby is a programmer's best friend"],
      inputTokens: 10,
      dimensions: 256,
    },
    "us.cohere.embed-v4:0": { input: ["Ruby", "Python", "JavaScript"], inputTokens: 3, dimensions: 512 },
  };
  const recordings = readRecordings(["embeddings"]).map((recording) => [recording.model, recording] as const);
  test("are there", () => expect(recordings.map(([model]) => model).sort()).toEqual(Object.keys(inputs)));
  test.each(recordings)("%s", async (model, recording) => {
    const { input = [], inputTokens, dimensions = 0 } = inputs[model] ?? {};
    const { provider, body, sent } = connect({ headers: recording.headers, pieces: [recording.bytes] });
    const result = await provider.embed({ model, input, dimensions });
    expect(body()).toEqual(recording.request);
    expect(new URL(sent[0]?.url ?? "").pathname.endsWith("/invoke")).toBe(true);
    expect(result.embeddings.map((vector) => vector.length)).toEqual(input.map(() => dimensions));
    expect(result.usage.inputTokens).toBe(inputTokens);
  });
});

describe("embeddings", () => {
  const titan = "amazon.titan-embed-text-v2:0";
  test("of Titan", async () => {
    const pieces = [Buffer.from('{"embedding":[0.5,-1],"inputTextTokenCount":3}')];
    const { provider, body } = connect({ headers: json, pieces });
    const result = await provider.embed({ model: titan, input: ["Ruby"], dimensions: 256 });
    expect(body()).toEqual({ inputText: "Ruby", dimensions: 256 });
    expect(result).toMatchObject({ embeddings: [[0.5, -1]], usage: { inputTokens: 3 } });
  });

  test.each<[string, string, (string | number[])[], string]>([
    ["several inputs where one is taken", titan, ["a", "b"], "input"],
    ["token ids", "cohere.embed-v4:0", [[1, 2]], "input"],
    ["a model of another kind", "amazon.nova-micro-v1:0", ["a"], "model"],
  ])("%s are refused", async (_what, model, input, param) => {
    const { provider, sent } = connect({ headers: json, pieces: [] });
    expect(await failure(provider.embed({ model, input }))).toMatchObject({ code: "unsupported_capability", param });
    expect(sent).toEqual([]);
  });
});

test.each([
  { type: "url", url: "https://x.test/a.png" },
  { type: "file", id: "file_1" },
] as const)("Claude takes no image by $type here", async (source) => {
  const { provider, sent } = connect({ headers: json, pieces: [] });
  const image = { type: "image", source } as const;
  for (const content of [[image], [{ type: "tool-result", toolCallId: "x", content: [image] } as const]]) {
    const messages = [{ role: content[0]?.type === "image" ? "user" : "tool", content }] as TextRequest["messages"];
    const error = await failure(provider.text.generate({ model: "anthropic.claude-sonnet-5", messages }));
    expect(error).toMatchObject({ code: "unsupported_capability", param: "messages" });
  }
  expect(sent).toEqual([]);
});
