import { errorCodes, type JsonObject, type JsonValue } from "@gw/core";
import { z } from "zod";
import { newKeySchema } from "./admin/key-routes.ts";
import { logQuerySchema } from "./admin/log-routes.ts";

interface Described {
  readonly method: "get" | "post" | "delete";
  readonly path: string;
  readonly summary: string;
  readonly tag: "text" | "embeddings" | "run" | "models" | "admin" | "operations";
  readonly open?: boolean;
  readonly body?: JsonObject;
  readonly query?: z.ZodObject;
  /** Answers `text/event-stream` when the body asks for a stream. */
  readonly streams?: boolean;
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
    streams: true,
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
  },
  { method: "get", path: "/admin/v1/keys", summary: "Client keys", tag: "admin" },
  { method: "delete", path: "/admin/v1/keys/{id}", summary: "Revoke a client key", tag: "admin" },
  { method: "get", path: "/admin/v1/logs", summary: "Calls, newest first", tag: "admin", query: logQuerySchema },
  { method: "get", path: "/admin/v1/logs/{requestId}", summary: "One call with its attempts", tag: "admin" },
  { method: "get", path: "/admin/v1/providers", summary: "Configured providers", tag: "admin" },
  { method: "get", path: "/metrics", summary: "Prometheus metrics", tag: "operations" },
  { method: "get", path: "/healthz", summary: "Whether the gateway takes calls", tag: "operations", open: true },
  { method: "get", path: "/openapi.json", summary: "This document", tag: "operations", open: true },
];

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
      responses: {
        error: {
          description: "A failure, in the endpoint's dialect.",
          headers: {
            "gw-error": { schema: { type: "string", enum: Object.keys(errorCodes) } },
            "gw-request-id": { schema: { type: "string" } },
          },
          content: { "application/json": { schema: openBody } },
        },
      },
    },
  };
}

function describe(operation: Described): JsonObject {
  const parameters: JsonValue[] = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name: name ?? "",
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const properties = operation.query === undefined ? {} : (schemaOf(operation.query).properties as JsonObject);
  for (const [name, schema] of Object.entries(properties)) parameters.push({ name, in: "query", schema: schema ?? {} });
  return {
    summary: operation.summary,
    tags: [operation.tag],
    ...(parameters.length > 0 && { parameters }),
    ...(operation.body !== undefined && {
      requestBody: { required: true, content: { "application/json": { schema: operation.body } } },
    }),
    responses: {
      "200": {
        description: "Success.",
        content: {
          "application/json": { schema: openBody },
          ...(operation.streams === true && { "text/event-stream": { schema: { type: "string" } } }),
        },
      },
      default: { $ref: "#/components/responses/error" },
    },
    ...(operation.open === true && { security: [] }),
  };
}

function schemaOf(schema: z.ZodObject): JsonObject {
  return z.toJSONSchema(schema, { io: "input" }) as JsonObject;
}
