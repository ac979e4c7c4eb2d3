import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { isJsonObject, type JsonValue } from "@gw/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../src/index.ts";

const folder = resolve(import.meta.dirname, "../../../../shared/recordings");
const isThere = existsSync(folder);
const reason = isThere ? "" : " (skipped: no folder of recordings beside the repository)";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ paceMs: 0 });
});
afterAll(() => sandbox.close());

interface Recording {
  readonly response: {
    readonly status: number;
    readonly headers: Record<string, string>;
    readonly body?: JsonValue;
    readonly body_text?: string;
  };
}

function recordings(vendor: string, kind: string): Recording[] {
  return readFileSync(resolve(folder, "index.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .filter((entry) => entry.vendor === vendor && entry.kind === kind && entry.status === 200)
    .map((entry) => JSON.parse(readFileSync(resolve(folder, entry.file), "utf8")));
}

/** Every place in a value, such as `.choices[].delta.content`. */
function pathsOf(value: JsonValue | undefined, prefix = ""): string[] {
  if (Array.isArray(value)) return [prefix, ...value.flatMap((item) => pathsOf(item, `${prefix}[]`))];
  if (!isJsonObject(value)) return [prefix];
  return [prefix, ...Object.entries(value).flatMap(([key, item]) => pathsOf(item, `${prefix}.${key}`))];
}

function streamPaths(text: string): string[] {
  return text.split(/\r?\n/).flatMap((line) => {
    if (!line.startsWith("data:") || line.includes("[DONE]")) return [];
    const data = JSON.parse(line.slice(5));
    return pathsOf(data, typeof data.type === "string" ? data.type : "chunk");
  });
}

/** What at least half of the sets hold. */
function commonTo(sets: readonly (readonly string[])[]): string[] {
  const counts = new Map<string, number>();
  for (const set of sets) for (const item of new Set(set)) counts.set(item, (counts.get(item) ?? 0) + 1);
  return [...counts].filter(([, count]) => count >= sets.length * 0.5).map(([item]) => item);
}

// Of the edge and the connection, not of the vendor; and what Anthropic's tracing and OpenAI's older edge add.
const otherHeaders = new Set(
  (
    "date server cf-cache-status connection transfer-encoding content-encoding content-length via vary traceresponse " +
    "cache-control access-control-expose-headers access-control-allow-origin x-envoy-upstream-service-time openai-model"
  ).split(" "),
);

const openAIHeaders = { authorization: "Bearer any" };
const anthropicHeaders = { "x-api-key": "any", "anthropic-version": "2023-06-01" };
const googleHeaders = { "x-goog-api-key": "any" };
const question = "Tell me about the sea";
const messages = [{ role: "user", content: question }];
const contents = [{ role: "user", parts: [{ text: question }] }];

interface Kind {
  readonly vendor: string;
  readonly kind: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: object;
  /** What it takes to get a stream instead, where there is one. */
  readonly stream?: { readonly path?: string; readonly body?: object };
}

const kinds: readonly Kind[] = [
  {
    vendor: "openai",
    kind: "chat",
    path: "/v1/chat/completions",
    headers: openAIHeaders,
    body: { model: "gpt-4.1", messages },
    stream: { body: { stream: true, stream_options: { include_usage: true } } },
  },
  {
    vendor: "openai",
    kind: "responses",
    path: "/v1/responses",
    headers: openAIHeaders,
    body: { model: "gpt-4.1", input: question },
    stream: { body: { stream: true } },
  },
  {
    vendor: "openai",
    kind: "embeddings",
    path: "/v1/embeddings",
    headers: openAIHeaders,
    body: { model: "text-embedding-3-small", input: question },
  },
  {
    vendor: "anthropic",
    kind: "messages",
    path: "/v1/messages",
    headers: anthropicHeaders,
    body: { model: "claude-opus-4-6", max_tokens: 500, messages },
    stream: { body: { stream: true } },
  },
  {
    vendor: "anthropic",
    kind: "count_tokens",
    path: "/v1/messages/count_tokens",
    headers: anthropicHeaders,
    body: { model: "claude-opus-4-6", messages },
  },
  {
    vendor: "google",
    kind: "generateContent",
    path: "/v1beta/models/gemini-3.5-flash:generateContent",
    headers: googleHeaders,
    body: { contents },
    stream: { path: "/v1beta/models/gemini-3.5-flash:streamGenerateContent?alt=sse" },
  },
  {
    vendor: "google",
    kind: "count_tokens",
    path: "/v1beta/models/gemini-3.5-flash:countTokens",
    headers: googleHeaders,
    body: { contents },
  },
];

function post(kind: Kind, wantsStream: boolean): Promise<Response> {
  const { path, headers, body, stream } = kind;
  return fetch(sandbox.url + (wantsStream ? (stream?.path ?? path) : path), {
    method: "POST",
    headers,
    body: JSON.stringify({ ...body, ...(wantsStream && stream?.body) }),
  });
}

describe.skipIf(!isThere)(`replies have the fields and headers of the recorded ones${reason}`, () => {
  test.each(kinds.map((kind) => [`${kind.vendor} ${kind.kind}`, kind] as const))("%s", async (_, kind) => {
    const recorded = recordings(kind.vendor, kind.kind);
    const whole = recorded.filter(({ response }) => response.body !== undefined);
    expect(whole.length).toBeGreaterThan(0);
    const reply = await post(kind, false);
    expect(pathsOf((await reply.json()) as JsonValue)).toEqual(
      expect.arrayContaining(commonTo(whole.map(({ response }) => pathsOf(response.body)))),
    );
    const names = commonTo(whole.map(({ response }) => Object.keys(response.headers)));
    expect([...reply.headers.keys()]).toEqual(expect.arrayContaining(names.filter((name) => !otherHeaders.has(name))));
  });

  test.each(
    kinds.filter((kind) => kind.stream !== undefined).map((kind) => [`${kind.vendor} ${kind.kind}`, kind] as const),
  )("%s, streamed", async (_, kind) => {
    const streams = recordings(kind.vendor, kind.kind).flatMap(({ response }) =>
      /^(data|event):/m.test(response.body_text ?? "") ? [streamPaths(response.body_text ?? "")] : [],
    );
    expect(streams.length).toBeGreaterThan(0);
    const reply = await post(kind, true);
    expect(reply.headers.get("content-type")).toContain("text/event-stream");
    expect(streamPaths(await reply.text())).toEqual(expect.arrayContaining(commonTo(streams)));
  });
});
