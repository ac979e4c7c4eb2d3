import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { endpoints } from "../robustness/endpoints-under-test.ts";
import { type Answer, type RunningGateway, startGateway } from "../robustness/running-gateway.ts";

interface DescribedOperation {
  readonly operationId: string;
  readonly security?: readonly unknown[];
  readonly requestBody?: { readonly content: { readonly "application/json": { readonly schema: object } } };
  readonly responses: Readonly<
    Record<string, { readonly headers?: object; readonly content?: Record<string, { schema: object }> }>
  >;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
  readonly components: {
    readonly responses: {
      readonly error: { readonly headers: { readonly "gw-error": { schema: { enum: string[] } } } };
    };
  };
}

let gw: RunningGateway;
let document: Document;
const key = { id: "", requestId: "", streamId: "", responseId: "" };

beforeAll(async () => {
  gw = await startGateway({}, { sandbox: "on" });
  document = (await gw.call("GET", "/openapi.json")).json() as Document;
  key.id = (await gw.newKey({ name: "documented" })).id;
  const answer = await gw.call("POST", "/v1/chat/completions", { body: endpoints.chat.body(endpoints.chat.native) });
  key.requestId = String(answer.headers["gw-request-id"]);
  const { responses } = endpoints;
  const kept = await gw.call("POST", "/v1/responses", { body: { ...responses.body(responses.native), stream: true } });
  key.streamId = String(kept.headers["gw-stream-id"]);
  key.responseId = /"id":"(resp_\w+)"/.exec(kept.text)?.[1] ?? "";
});

afterAll(() => gw.close());

/** A good call to every operation, by its id. */
function goodCalls(): Readonly<Record<string, { readonly path: string; readonly body?: object }>> {
  const { chat, responses, messages, countTokens, generate, stream, geminiCount, embeddings, run, runModel } =
    endpoints;
  const asks = Object.entries({
    post_v1_chat_completions: chat,
    post_v1_responses: responses,
    post_v1_messages: messages,
    post_v1_messages_count_tokens: countTokens,
    post_v1beta_models_model_generateContent: generate,
    post_v1beta_models_model_streamGenerateContent: stream,
    post_v1beta_models_model_countTokens: geminiCount,
    post_v1_embeddings: embeddings,
    post_ai_run: run,
    post_ai_run_model: runModel,
  }).map(
    ([id, endpoint]) => [id, { path: endpoint.path(endpoint.native), body: endpoint.body(endpoint.native) }] as const,
  );
  return {
    ...Object.fromEntries(asks),
    get_v1_responses_id: { path: `/v1/responses/${key.responseId}` },
    post_v1_responses_id_cancel: { path: `/v1/responses/${key.responseId}/cancel` },
    get_v1_streams_id: { path: `/v1/streams/${key.streamId}` },
    head_v1_streams_id: { path: `/v1/streams/${key.streamId}` },
    post_v1_streams_id_cancel: { path: `/v1/streams/${key.streamId}/cancel` },
    post_v1_streams_id_url: { path: `/v1/streams/${key.streamId}/url`, body: { expires_in_s: 60 } },
    get_v1_models: { path: "/v1/models" },
    get_v1_models_model: { path: "/v1/models/openai%2Fgpt-5.5" },
    get_v1beta_models: { path: "/v1beta/models" },
    get_v1beta_models_model: { path: "/v1beta/models/openai%2Fgpt-5.5" },
    post_admin_v1_keys: { path: "/admin/v1/keys", body: { name: "made" } },
    get_admin_v1_keys: { path: "/admin/v1/keys" },
    delete_admin_v1_keys_id: { path: `/admin/v1/keys/${key.id}` },
    get_admin_v1_logs: { path: "/admin/v1/logs?limit=1" },
    get_admin_v1_logs_requestId: { path: `/admin/v1/logs/${key.requestId}` },
    get_admin_v1_usage: { path: "/admin/v1/usage?group_by=model" },
    get_admin_v1_limits: { path: "/admin/v1/limits" },
    get_admin_v1_providers: { path: "/admin/v1/providers" },
    get_metrics: { path: "/metrics" },
    get_healthz: { path: "/healthz" },
    get_openapi_json: { path: "/openapi.json" },
  };
}

function operations(): [method: string, operation: DescribedOperation][] {
  return Object.values(document.paths).flatMap((item) => Object.entries(item));
}

function expectDocumented(answer: Answer, operation: DescribedOperation): void {
  const documented = operation.responses[String(answer.status)];
  expect(documented, `${operation.operationId}: status ${answer.status} ${answer.text}`).toBeDefined();
  const type = answer.headers["content-type"]?.split(";", 1)[0] ?? "";
  const schema = documented?.content?.[type]?.schema;
  // What has no type has no body.
  expect(schema === undefined, `${operation.operationId}: ${type}`).toBe(type === "");
  if (type === "application/json")
    expect(new Ajv2020().validate(schema ?? false, answer.json()), operation.operationId).toBe(true);
  const named = Object.keys(documented?.headers ?? {});
  const sent = Object.keys(answer.headers).filter((name) => name.startsWith("gw-"));
  expect(
    sent.filter((name) => !named.includes(name)),
    operation.operationId,
  ).toEqual([]);
}

describe("/openapi.json", () => {
  it("is a valid OpenAPI 3.1 document", async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(JSON.parse(JSON.stringify(document)));
    expect({ valid, errors, version: validator.version }).toEqual({ valid: true, version: "3.1" });
    const ids = operations().map(([, { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("describes every operation, and each answers as described", async () => {
    const calls = goodCalls();
    expect(
      operations()
        .map(([, { operationId }]) => operationId)
        .sort(),
    ).toEqual(Object.keys(calls).sort());
    for (const [method, operation] of operations()) {
      const { path = "", body } = calls[operation.operationId] ?? {};
      const requestSchema = operation.requestBody?.content["application/json"].schema;
      expect(requestSchema === undefined, operation.operationId).toBe(body === undefined);
      if (requestSchema !== undefined) {
        expect(
          new Ajv2020({ strict: false, validateFormats: false }).validate(requestSchema, body),
          operation.operationId,
        ).toBe(true);
      }
      const answer = await gw.call(method.toUpperCase(), path, { ...(body !== undefined && { body }) });
      expectDocumented(answer, operation);
      if (method !== "post") continue;
      const streamed = { ...body, stream: true, ...(path === "/ai/run" && { input: { prompt: "a", stream: true } }) };
      if (operation.responses["200"]?.content?.["text/event-stream"] === undefined) continue;
      const events = await gw.call("POST", path.replace(/Generate\w+$/, "$&?alt=sse"), {
        body: path.includes("v1beta") ? body : streamed,
      });
      expect(events.headers["content-type"], operation.operationId).toMatch(/^text\/event-stream/);
      expectDocumented(events, operation);
    }
  });

  it("says who needs a key, and what a refusal looks like", async () => {
    const calls = goodCalls();
    const codes = document.components.responses.error.headers["gw-error"].schema.enum;
    for (const [method, operation] of operations()) {
      const { path = "", body } = calls[operation.operationId] ?? {};
      const answer = await gw.call(method.toUpperCase(), path, {
        headers: { authorization: undefined },
        ...(body !== undefined && { body }),
      });
      expect([operation.operationId, answer.status === 401]).toEqual([
        operation.operationId,
        operation.security?.length !== 0,
      ]);
      if (answer.status === 401) expect(codes).toContain(answer.headers["gw-error"]);
    }
  });
});
