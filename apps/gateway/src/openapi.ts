import { errorCodes, type JsonObject, type JsonValue } from "@gw/core";
import { z } from "zod";
import { newKeySchema } from "./admin/key-routes.ts";
import { logQuerySchema } from "./admin/log-routes.ts";
import { usageQuerySchema } from "./admin/usage-routes.ts";

interface Described {
  readonly method: "get" | "head" | "post" | "delete";
  readonly path: string;
  readonly summary: string;
  readonly tag: "streams" | "text" | "embeddings" | "run" | "models" | "admin" | "operations";
  readonly open?: boolean;
  readonly body?: JsonObject;
  readonly query?: z.ZodObject;
  /** What its answer says of a stream, as headers. */
  readonly tellsStream?: boolean;
  /** Answers `text/event-stream` when the body asks for a stream. */
  readonly streams?: boolean;
  /** Of success; 200 by default. */
  readonly status?: number;
  /** What a whole answer is; a JSON object by default, `null` without a body. */
  readonly answer?: { readonly type: string; readonly schema: JsonObject } | null;
}

const withModel: JsonObject = {
  type: "object",
  required: ["model"],
  properties: {
    model: { type: "string", description: "provider/model, an alias, or any spelling that the catalogue knows." },
    stream: { type: "boolean", default: false },
  },
  additionalProperties: true,
};
const openBody: JsonObject = { type: "object", additionalProperties: true };

const operations: readonly Described[] = [
  {
    method: "post",
    path: "/v1/chat/completions",
    summary: "Chat completions",
    tag: "text",
    body: withModel,
    streams: true,
  },
  { method: "post", path: "/v1/responses", summary: "Responses", tag: "text", body: withModel, streams: true },
  { method: "post", path: "/v1/messages", summary: "Messages", tag: "text", body: withModel, streams: true },
  {
    method: "post",
    path: "/v1/messages/count_tokens",
    summary: "Token count of a Messages body",
    tag: "text",
    body: withModel,
  },
  {
    method: "post",
    path: "/v1beta/models/{model}:generateContent",
    summary: "generateContent, whole",
    tag: "text",
    body: openBody,
  },
  {
    method: "post",
    path: "/v1beta/models/{model}:streamGenerateContent",
    summary: "generateContent, streamed: events with alt=sse, else one JSON array",
    tag: "text",
    body: openBody,
    query: z.object({ alt: z.enum(["json", "sse"]).optional() }),
    streams: true,
    answer: { type: "application/json", schema: { type: "array", items: openBody } },
  },
  {
    method: "post",
    path: "/v1beta/models/{model}:countTokens",
    summary: "Token count of a generateContent body",
    tag: "text",
    body: openBody,
  },
  { method: "post", path: "/v1/embeddings", summary: "Embeddings", tag: "embeddings", body: withModel },
  {
    method: "post",
    path: "/ai/run",
    summary: "One call for any model; the input's shape says what is asked for",
    tag: "run",
    streams: true,
    body: {
      type: "object",
      required: ["model", "input"],
      properties: {
        model: { type: "string" },
        input: {
          oneOf: [{ type: "string" }, { type: "object", additionalProperties: true }],
          description: "Text, or an object with prompt, input, messages or text.",
        },
        options: { type: "object", additionalProperties: true },
        metadata: {
          type: "object",
          additionalProperties: { type: ["string", "number", "boolean"] },
          maxProperties: 16,
        },
      },
    },
  },
  {
    method: "post",
    path: "/ai/run/{model}",
    summary: "As /ai/run, the body being the input",
    tag: "run",
    body: openBody,
    streams: true,
  },
  {
    method: "get",
    path: "/v1/responses/{id}",
    summary: "A kept response; its events with stream=true, after the one that starting_after names",
    tag: "streams",
    query: z.object({ stream: z.enum(["true", "false"]).optional(), starting_after: z.int().nonnegative().optional() }),
    tellsStream: true,
  },
  {
    method: "post",
    path: "/v1/responses/{id}/cancel",
    summary: "Stop a response that goes on",
    tag: "streams",
    tellsStream: true,
  },
  {
    method: "get",
    path: "/v1/streams/{id}",
    summary:
      "The events of a kept stream, then those to come; 204 where nothing comes after starting_after or Last-Event-ID",
    tag: "streams",
    query: z.object({ starting_after: z.int().nonnegative().optional(), live: z.enum(["true", "false"]).optional() }),
    tellsStream: true,
    answer: { type: "text/event-stream", schema: { type: "string" } },
  },
  {
    method: "head",
    path: "/v1/streams/{id}",
    summary: "How far a kept stream has come",
    tag: "streams",
    tellsStream: true,
    answer: null,
  },
  {
    method: "post",
    path: "/v1/streams/{id}/cancel",
    summary: "Stop the call of a stream",
    tag: "streams",
    tellsStream: true,
  },
  {
    method: "post",
    path: "/v1/streams/{id}/url",
    summary: "A URL that reads the stream without a key, for a while",
    tag: "streams",
    tellsStream: true,
    body: {
      type: "object",
      properties: { expires_in_s: { type: "integer", minimum: 1, maximum: 3_600, default: 300 } },
    },
  },
  { method: "get", path: "/v1/models", summary: "Models that enabled providers offer", tag: "models" },
  { method: "get", path: "/v1/models/{model}", summary: "One model", tag: "models" },
  { method: "get", path: "/v1beta/models", summary: "The same in Gemini's form", tag: "models" },
  { method: "get", path: "/v1beta/models/{model}", summary: "One model in Gemini's form", tag: "models" },
  {
    method: "post",
    path: "/admin/v1/keys",
    summary: "Make a client key; its text is shown once",
    tag: "admin",
    body: schemaOf(newKeySchema),
    status: 201,
  },
  { method: "get", path: "/admin/v1/keys", summary: "Client keys", tag: "admin" },
  { method: "delete", path: "/admin/v1/keys/{id}", summary: "Revoke a client key", tag: "admin" },
  { method: "get", path: "/admin/v1/logs", summary: "Calls, newest first", tag: "admin", query: logQuerySchema },
  { method: "get", path: "/admin/v1/logs/{requestId}", summary: "One call with its attempts", tag: "admin" },
  {
    method: "get",
    path: "/admin/v1/usage",
    summary: "What calls came to, by any dimensions; CSV with format=csv",
    tag: "admin",
    query: usageQuerySchema,
  },
  { method: "get", path: "/admin/v1/limits", summary: "What is spent and held of each limit", tag: "admin" },
  { method: "get", path: "/admin/v1/providers", summary: "Configured providers", tag: "admin" },
  {
    method: "get",
    path: "/metrics",
    summary: "Prometheus metrics",
    tag: "operations",
    answer: { type: "text/plain", schema: { type: "string" } },
  },
  { method: "get", path: "/healthz", summary: "Whether the gateway takes calls", tag: "operations", open: true },
  { method: "get", path: "/openapi.json", summary: "This document", tag: "operations", open: true },
];

/** What a call may ask of the gateway itself. */
const callHeaders: Readonly<Record<string, JsonObject>> = {
  "gw-metadata": { type: "string", description: "A flat JSON object of texts, numbers and booleans; at most 16." },
  "gw-session-id": { type: "string" },
  "gw-strict-params": { type: "boolean", default: false },
  "gw-deadline-ms": { type: "integer", minimum: 1, maximum: 86_400_000 },
  "gw-max-attempts": { type: "integer", minimum: 1, maximum: 100 },
  "gw-request-timeout-ms": { type: "integer", minimum: 1, maximum: 86_400_000 },
  "gw-on-disconnect": { type: "string", description: "detach or cancel, with ;grace=SECONDS where wanted." },
  "gw-stream-retain-s": { type: "integer", minimum: 0, maximum: 86_400 },
  "gw-hold-wait-ms": { type: "integer", minimum: 0, maximum: 60_000, default: 2_000 },
  "idempotency-key": { type: "string", minLength: 1, maxLength: 255 },
};

/** What the gateway says of a call beside the answer. */
const answerHeaders: Readonly<Record<string, JsonObject>> = {
  "gw-provider": { type: "string" },
  "gw-model": { type: "string" },
  "gw-lane": { type: "string", enum: ["native", "translated"] },
  "gw-attempts": { type: "integer" },
  "gw-params": { type: "string", description: "Parameters that were mapped or dropped." },
  "gw-cost-usd": { type: "string", description: "In decimals, where the price is known; of a stream once it is over." },
  "gw-limit-remaining-usd": { type: "string", description: "What the tightest limit in scope leaves, in decimals." },
  "gw-stream-id": { type: "string", description: "Under which a streamed answer is kept." },
  "gw-replayed": { type: "string", const: "true" },
  "gw-sandbox": { type: "string", const: "true" },
};

/** What an answer about a stream says of it. */
const streamHeaders: Readonly<Record<string, JsonObject>> = {
  "gw-stream-status": {
    type: "string",
    enum: ["streaming", "done", "failed", "cancelled", "interrupted", "truncated"],
  },
  "gw-stream-next-id": { type: "integer" },
  "gw-stream-bytes": { type: "integer" },
  "gw-stream-usage": { type: "string", description: "JSON, once the stream has ended." },
  "gw-stream-error": { type: "string", description: "The code of its failure." },
  "gw-stream-expires-at": { type: "string", format: "date-time" },
};

/** The OpenAPI 3.1 document of a gateway. */
export function openApiDocument(): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const operation of operations) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describe(operation) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "gw",
      version: "0.1.0",
      description:
        "Text endpoints take and give the bodies of the vendor's API they are named after. They also answer under /ai/v1 and /client/v4/accounts/{account}/ai.",
    },
    paths,
    security: [{ bearer: [] }, { apiKey: [] }, { googApiKey: [] }],
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer" },
        apiKey: { type: "apiKey", in: "header", name: "x-api-key" },
        googApiKey: { type: "apiKey", in: "header", name: "x-goog-api-key" },
      },
      parameters: Object.fromEntries(
        Object.entries(callHeaders).map(([name, schema]) => [name, { name, in: "header", schema }]),
      ),
      headers: Object.fromEntries(
        Object.entries({ "gw-request-id": { type: "string" }, ...answerHeaders, ...streamHeaders }).map(
          ([name, schema]) => [name, { schema }],
        ),
      ),
      responses: {
        error: {
          description: "A failure, in the endpoint's dialect.",
          headers: {
            "gw-error": { schema: { type: "string", enum: Object.keys(errorCodes) } },
            "gw-request-id": { $ref: "#/components/headers/gw-request-id" },
          },
          content: { "application/json": { schema: openBody } },
        },
      },
    },
  };
}

function describe(operation: Described): JsonObject {
  const { method, path, body, streams, answer } = operation;
  const asksModel = method === "post" && operation.tag !== "admin" && operation.tag !== "streams";
  const parameters = parametersOf(operation, asksModel);
  const { type, schema } = answer ?? { type: "application/json", schema: openBody };
  const tellsStream = operation.tellsStream === true;
  const headers = [
    "gw-request-id",
    ...(asksModel || tellsStream ? Object.keys(answerHeaders) : []),
    ...(tellsStream ? Object.keys(streamHeaders) : []),
  ];
  return {
    operationId: [method, ...(path.match(/\w+/g) ?? [])].join("_"),
    summary: operation.summary,
    tags: [operation.tag],
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && { requestBody: { required: true, content: { "application/json": { schema: body } } } }),
    responses: {
      [String(operation.status ?? 200)]: {
        description: "Success.",
        headers: Object.fromEntries(headers.map((name) => [name, { $ref: `#/components/headers/${name}` }])),
        ...(answer !== null && {
          content: {
            [type]: { schema },
            ...(streams === true && { "text/event-stream": { schema: { type: "string" } } }),
          },
        }),
      },
      default: { $ref: "#/components/responses/error" },
    },
    ...(operation.open === true && { security: [] }),
  };
}

function parametersOf({ path, query }: Described, asksModel: boolean): JsonValue[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const properties = query === undefined ? {} : (schemaOf(query).properties as JsonObject);
  const inQuery = Object.entries(properties).map(([name, schema]) => ({ name, in: "query", schema: schema ?? {} }));
  const inHeaders = asksModel
    ? Object.keys(callHeaders).map((name) => ({ $ref: `#/components/parameters/${name}` }))
    : [];
  return [...inPath, ...inQuery, ...inHeaders];
}

function schemaOf(schema: z.ZodObject): JsonObject {
  return z.toJSONSchema(schema, { io: "input" }) as JsonObject;
}
