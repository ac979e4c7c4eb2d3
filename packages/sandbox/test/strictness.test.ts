import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../src/index.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ paceMs: 0 });
});
afterAll(() => sandbox.close());

interface ErrorBody {
  readonly error: {
    readonly message: string;
    readonly type?: string;
    readonly code?: unknown;
    readonly param?: unknown;
  };
}

async function post(
  path: string,
  headers: Record<string, string>,
  body: unknown,
): Promise<{ status: number; body: ErrorBody }> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(sandbox.url + path, { method: "POST", headers, body: text });
  return { status: response.status, body: (await response.json()) as ErrorBody };
}

const user = { role: "user", content: "Hello" };

describe("OpenAI chat", () => {
  const call = { id: "call_1", type: "function", function: { name: "f", arguments: "{}" } };
  const tool = { type: "function", function: { name: "f", parameters: { type: "object", properties: {} } } };
  const strict = (schema: object) => ({ type: "json_schema", json_schema: { name: "x", strict: true, schema } });
  const refused: [string, object, object][] = [
    ["no messages", { messages: [] }, { param: "messages", code: "empty_array" }],
    ["messages missing", { messages: undefined }, { param: "messages", code: "missing_required_parameter" }],
    [
      "a role of its own",
      { messages: [{ role: "robot", content: "x" }] },
      { param: "messages[0].role", code: "invalid_value" },
    ],
    [
      "a result without a call",
      { messages: [user, { role: "tool", tool_call_id: "call_1", content: "x" }] },
      { param: "messages.[1].role" },
    ],
    [
      "a call without a result",
      { messages: [user, { role: "assistant", tool_calls: [call] }, user] },
      { param: "messages.[2].role" },
    ],
    [
      "max_tokens for a reasoning model",
      { model: "gpt-5", max_tokens: 9 },
      { param: "max_tokens", code: "unsupported_parameter" },
    ],
    ["both bounds", { max_tokens: 9, max_completion_tokens: 9 }, { code: "invalid_parameter_combination" }],
    ["a bound below 1", { max_tokens: -1 }, { param: "max_tokens", code: "integer_below_min_value" }],
    ["a hot temperature", { temperature: 2.1 }, { param: "temperature", code: "decimal_above_max_value" }],
    ["five stop sequences", { stop: ["a", "b", "c", "d", "e"] }, { param: "stop", code: "array_above_max_length" }],
    [
      "a tool name with a space",
      { tools: [{ type: "function", function: { name: "a b" } }] },
      { param: "tools[0].function.name" },
    ],
    ["a choice without tools", { tool_choice: "required" }, { param: "tool_choice" }],
    [
      "a choice that is not offered",
      { tools: [tool], tool_choice: { type: "function", function: { name: "g" } } },
      { param: "tool_choice" },
    ],
    [
      "an open strict schema",
      { response_format: strict({ type: "object", properties: {} }) },
      { code: "invalid_json_schema" },
    ],
    [
      "a strict schema with an optional property",
      {
        response_format: strict({
          type: "object",
          properties: { a: { type: "string" } },
          required: [],
          additionalProperties: false,
        }),
      },
      { code: "invalid_json_schema" },
    ],
    ["another vendor's tier", { service_tier: "standard_only" }, { param: "service_tier", code: "invalid_value" }],
    ["JSON mode without the word", { response_format: { type: "json_object" } }, { param: "messages" }],
    ["a wrong type", { temperature: "hot" }, { param: "temperature" }],
    ["a fault that does not exist", { messages: [{ role: "user", content: "[[gw-fault:statsu=503]]" }] }, {}],
  ];
  test.each(refused)("%s", async (_, change, error) => {
    const body = { model: "gpt-4.1", messages: [user], ...change };
    expect(await post("/v1/chat/completions", { authorization: "Bearer any" }, body)).toMatchObject({
      status: 400,
      body: { error: { type: "invalid_request_error", message: expect.any(String), ...error } },
    });
  });
});

describe("OpenAI responses", () => {
  const output = { type: "function_call_output", call_id: "call_1", output: "x" };
  const reasoning = { type: "reasoning", id: "rs_1", summary: [] };
  const refused: [string, object, object][] = [
    ["no input", {}, { param: "input", code: "missing_required_parameter" }],
    ["a result without a call", { input: [output] }, { param: "input" }],
    [
      "a call without a result",
      { input: [{ type: "function_call", call_id: "call_1", name: "f", arguments: "{}" }] },
      { param: "input" },
    ],
    ["reasoning without what follows it", { input: [reasoning, { role: "user", content: "x" }] }, { param: "input" }],
    [
      "a tool without a name",
      { input: "x", tools: [{ type: "function" }] },
      { param: "tools[0].name", code: "missing_required_parameter" },
    ],
    ["another vendor's tier", { input: "x", service_tier: "standard_only" }, { param: "service_tier" }],
    ["a bound below 16", { input: "x", max_output_tokens: 15 }, { code: "integer_below_min_value" }],
  ];
  test.each(refused)("%s", async (_, change, error) => {
    const body = { model: "gpt-4.1", ...change };
    const reply = await post("/v1/responses", { authorization: "Bearer any" }, body);
    expect(reply).toMatchObject({ status: 400, body: { error: { type: "invalid_request_error", ...error } } });
  });
});

describe("OpenAI embeddings", () => {
  test.each([
    ["no input", {}],
    ["an empty text", { input: "" }],
    ["a wrong input", { input: [{ text: "x" }] }],
    ["dimensions below 1", { input: "x", dimensions: -1 }],
    ["an unknown encoding", { input: "x", encoding_format: "hex" }],
  ])("%s", async (_, change) => {
    const reply = await post(
      "/v1/embeddings",
      { authorization: "Bearer any" },
      { model: "text-embedding-3-small", ...change },
    );
    expect(reply).toMatchObject({ status: 400, body: { error: { type: "invalid_request_error" } } });
  });
});

describe("Anthropic", () => {
  const use = (id = "toolu_1") => ({ type: "tool_use", id, name: "f", input: {} });
  const result = (id = "toolu_1") => ({ type: "tool_result", tool_use_id: id, content: "x" });
  const turns = (...contents: unknown[]) => ({
    messages: contents.map((content, index) => ({ role: index % 2 === 0 ? "user" : "assistant", content })),
  });
  const text = (words: string, ttl?: string) => ({
    type: "text",
    text: words,
    ...(ttl !== undefined && { cache_control: { type: "ephemeral", ttl } }),
  });
  const tools = [{ name: "f", input_schema: { type: "object" } }];
  const thinking = { type: "enabled", budget_tokens: 1_024 };
  const refused: [string, object, RegExp][] = [
    ["max_tokens missing", { max_tokens: undefined }, /^max_tokens: Field required/],
    ["no messages", { messages: [] }, /at least one message/],
    [
      "an assistant first",
      { messages: [{ role: "assistant", content: "x" }] },
      /first message must use the "user" role/,
    ],
    ["an empty text block", turns([text("")]), /text content blocks must be non-empty/],
    ["an empty text", turns(""), /must be non-empty/],
    ["only whitespace", turns(" \n"), /non-whitespace/],
    ["a message without content", turns([]), /non-empty content/],
    ["a result without its use", turns("x", "y", [result()]), /^messages.2.content.0: unexpected `tool_use_id`/],
    [
      "a use without its result",
      turns("x", [use()], "y"),
      /^messages.1: `tool_use` ids were found without `tool_result`/,
    ],
    ["a use at the end", turns("x", [use()]), /toolu_1/],
    [
      "a result after text",
      turns("x", [use()], [text("y"), result()]),
      /without `tool_result` blocks immediately after/,
    ],
    ["one of two results", turns("x", [use("a"), use("b")], [result("a")]), /immediately after: b\./],
    ["text after a use", turns("x", [use(), text("y")], [result()]), /without `tool_result` blocks immediately after/],
    ["an id with a colon", turns("x", [use("f:1")], [result("f:1")]), /tool_use.id: String should match pattern/],
    [
      "a bounded number in a strict tool",
      {
        tools: [
          {
            name: "f",
            strict: true,
            input_schema: { type: "object", properties: { n: { type: "integer", minimum: 1 } } },
          },
        ],
      },
      /^tools.0.custom: For 'integer' type, property 'minimum' is not supported/,
    ],
    ["a hot temperature", { temperature: 1.5 }, /^temperature: range: 0..1/],
    ["sampling on a model without", { model: "claude-sonnet-5", temperature: 1 }, /temperature/],
    ["thinking beyond the bound", { thinking, max_tokens: 1_024 }, /`max_tokens` must be greater/],
    [
      "thinking with a forced tool",
      { thinking, max_tokens: 2_000, tools, tool_choice: { type: "any" } },
      /Thinking may not be enabled/,
    ],
    [
      "a foreign signature",
      turns("x", [{ type: "thinking", thinking: "y", signature: "eno=" }, text("z")], "w"),
      /Invalid `signature`/,
    ],
    [
      "results without the thinking before the call",
      { ...turns("x", [use()], [result()]), thinking, max_tokens: 2_000 },
      /Expected `thinking` or `redacted_thinking`, but found `tool_use`/,
    ],
    ["a tool without a schema", { tools: [{ name: "f" }] }, /input_schema: Field required/],
    ["a kept conversation", { thread: { type: "create" } }, /threads are not simulated/],
    ["a choice that is not offered", { tools, tool_choice: { type: "tool", name: "g" } }, /'g' not found/],
    ["five cache marks", turns(["a", "b", "c", "d", "e"].map((word) => text(word, "5m"))), /maximum of 4/],
    ["a long mark after a short one", turns([text("a", "5m"), text("b", "1h")]), /must not come after/],
    ["a wrong type", { top_k: "many" }, /top_k/],
  ];
  test.each(refused)("%s", async (_, change, words) => {
    const headers = { "x-api-key": "any", "anthropic-version": "2023-06-01" };
    const body = { model: "claude-opus-4-6", max_tokens: 100, messages: [user], ...change };
    expect(await post("/v1/messages", headers, body)).toMatchObject({
      status: 400,
      body: {
        type: "error",
        error: { type: "invalid_request_error", message: expect.stringMatching(words) },
        request_id: expect.stringMatching(/^req_/),
      },
    });
  });
});

describe("Google", () => {
  const functionCall = { name: "f", args: {} };
  const functionResponse = { name: "f", response: {} };
  const turns = (...parts: object[][]) => ({
    contents: parts.map((list, index) => ({ role: index % 2 === 0 ? "user" : "model", parts: list })),
  });
  const hello = { text: "Hello" };
  const declare = (parameters: object) => ({ tools: [{ function_declarations: [{ name: "f", parameters }] }] });
  const refused: [string, object, RegExp][] = [
    ["no contents", { contents: [] }, /contents is not specified/],
    [
      "a role of its own",
      { contents: [{ role: "assistant", parts: [hello] }] },
      /Please use a valid role: user, model/,
    ],
    ["no parts", turns([]), /parts must not be empty/],
    [
      "fewer responses than calls",
      turns([hello], [{ functionCall }, { functionCall }], [{ functionResponse }]),
      /number of function response parts/,
    ],
    ["a response without a call", turns([hello], [hello], [{ functionResponse }]), /immediately after a function call/],
    ["a call at the end", turns([hello], [{ functionCall }]), /immediately before a function response/],
    [
      "a call without its signature",
      turns([hello], [{ functionCall }], [{ functionResponse }]),
      /missing a thought_signature/,
    ],
    ["a hot temperature", { generationConfig: { temperature: 3 } }, /temperature value of 3/],
    ["six stop sequences", { generation_config: { stop_sequences: [..."abcdef"] } }, /stop_sequences/],
    [
      "a schema beyond the subset",
      declare({ type: "OBJECT", additionalProperties: false }),
      /Unknown name "additionalProperties"/,
    ],
    [
      "an array without items",
      declare({ type: "OBJECT", properties: { a: { type: "ARRAY" } } }),
      /items: missing field/,
    ],
    ["a type list", declare({ type: "OBJECT", properties: { a: { type: ["STRING", "NULL"] } } }), /not repeating/],
    ["a function name with a space", { tools: [{ functionDeclarations: [{ name: "a b" }] }] }, /Invalid function name/],
    [
      "a schema without its media type",
      { generationConfig: { responseSchema: { type: "OBJECT" } } },
      /response_mime_type/,
    ],
  ];
  test.each(refused)("%s", async (_, change, words) => {
    const path = "/v1beta/models/gemini-3.5-flash:generateContent";
    const reply = await post(path, { "x-goog-api-key": "any" }, { ...turns([hello]), ...change });
    expect(reply).toMatchObject({
      status: 400,
      body: { error: { code: 400, status: "INVALID_ARGUMENT", message: expect.stringMatching(words) } },
    });
  });

  test("a call of another model passes with the documented sentinel", async () => {
    const part = { functionCall, thoughtSignature: "skip_thought_signature_validator" };
    const body = turns([hello], [part], [{ functionResponse }]);
    const reply = await post("/v1beta/models/gemini-3.5-flash:generateContent", { "x-goog-api-key": "any" }, body);
    expect(reply.status).toBe(200);
  });
});

describe("what every vendor refuses, in its own form", () => {
  const anthropic = { "x-api-key": "any", "anthropic-version": "2023-06-01" };
  test.each([
    ["OpenAI: no key", "/v1/chat/completions", {}, "{}", 401, { type: "invalid_request_error" }],
    [
      "OpenAI: an empty key",
      "/v1/responses",
      { authorization: "Bearer " },
      "{}",
      401,
      { type: "invalid_request_error" },
    ],
    [
      "OpenAI: no JSON",
      "/v1/chat/completions",
      { authorization: "Bearer any" },
      "{",
      400,
      { type: "invalid_request_error" },
    ],
    [
      "OpenAI: no object",
      "/v1/chat/completions",
      { authorization: "Bearer any" },
      "[]",
      400,
      { type: "invalid_request_error" },
    ],
    ["OpenAI: an unknown path", "/v1/nothing", { authorization: "Bearer any" }, "{}", 404, { code: null }],
    [
      "Anthropic: no key",
      "/v1/messages",
      { "anthropic-version": "2023-06-01" },
      "{}",
      401,
      { type: "authentication_error" },
    ],
    ["Anthropic: no version", "/v1/messages", { "x-api-key": "any" }, "{}", 400, { type: "invalid_request_error" }],
    ["Anthropic: no JSON", "/v1/messages", anthropic, "x", 400, { type: "invalid_request_error" }],
    ["Google: no key", "/v1beta/models/g:generateContent", {}, "{}", 403, { status: "PERMISSION_DENIED" }],
    [
      "Google: no JSON",
      "/v1beta/models/g:generateContent",
      { "x-goog-api-key": "any" },
      "",
      400,
      { status: "INVALID_ARGUMENT" },
    ],
    [
      "Google: an unknown method",
      "/v1beta/models/g:dance",
      { "x-goog-api-key": "any" },
      "{}",
      404,
      { status: "NOT_FOUND" },
    ],
  ] as const)("%s", async (_, path, headers, body, status, error) => {
    expect(await post(path, headers, body)).toMatchObject({ status, body: { error } });
  });

  test("deep nesting and large bodies leave it standing", async () => {
    const headers = { authorization: "Bearer any" };
    const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    const nested = `{"model":"m","messages":[{"role":"user","content":"x"}],"tools":${deep}}`;
    expect((await post("/v1/chat/completions", headers, nested)).status).toBeGreaterThanOrEqual(400);
    const large = JSON.stringify({ model: "m", messages: [{ role: "user", content: "x".repeat(33 * 1_024 * 1_024) }] });
    expect((await post("/v1/chat/completions", headers, large)).status).toBe(413);
    expect((await post("/v1/chat/completions", headers, { model: "m", messages: [user] })).status).toBe(200);
  });
});
