import { GatewayError, isGatewayError } from "@gw/core";
import { gemini, openAIChat } from "@gw/dialects";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { keyRoutes } from "../admin/key-routes.ts";
import { limitRoutes } from "../admin/limit-routes.ts";
import { logRoutes } from "../admin/log-routes.ts";
import { providerRoutes } from "../admin/provider-routes.ts";
import { usageRoutes } from "../admin/usage-routes.ts";
import { matchRoute } from "../endpoints/routes.ts";
import { geminiModel, listModels, modelEntry, modelsPage } from "../models-list.ts";
import { newRequestId } from "../new-request-id.ts";
import { openApiDocument } from "../openapi.ts";
import { authenticate, credentialsOf } from "../pipeline/authenticate.ts";
import type { ErrorVoice } from "../pipeline/decode.ts";
import type { GatewayState } from "../state.ts";
import type { Principal } from "../tenant.ts";

/**
 * Everything that is not a model call: keys, logs, models, health, metrics. Errors come in OpenAI's form, but in their own
 * where the path is an endpoint's.
 */
export async function controlPlane(state: GatewayState): Promise<FastifyInstance> {
  const app = fastify({
    logger: false,
    bodyLimit: 1_048_576,
    routerOptions: { ignoreTrailingSlash: true },
    genReqId: newRequestId,
    frameworkErrors: (cause, _request, reply) => void refuse(reply, controlError(cause)),
  });

  const principal = (request: FastifyRequest): Principal =>
    authenticate(
      credentialsOf(request.headers, new URL(request.url, "http://gateway").searchParams),
      state.keys,
      Date.now(),
    );
  const requireAdmin = async (request: FastifyRequest): Promise<void> => {
    if (!principal(request).admin) throw new GatewayError("permission_denied", "Only the admin key may do this");
  };

  app.addHook("onRequest", async (request, reply) => {
    reply.header("gw-request-id", request.id);
  });
  app.setErrorHandler((cause, request, reply) => {
    const error = controlError(cause);
    if (error.code === "internal_error") state.recorders.logger.error({ err: error.cause }, "the control plane failed");
    return refuse(reply, error, voiceFor(request));
  });
  app.setNotFoundHandler((request, reply) => {
    const route = matchRoute(request.url.split("?", 1)[0] ?? "");
    if (route !== null) return refuse(reply.header("allow", "POST"), methodNotAllowed(), route.endpoint.errors);
    return refuse(reply, new GatewayError("not_found", "There is nothing at this path"));
  });
  const methods = new Map<string, string[]>();
  app.addHook("onRoute", ({ url, method }) => {
    methods.set(url, (methods.get(url) ?? []).concat(method));
  });
  // A DELETE has no body, whatever type its client says that it is of.
  const parseJson = app.getDefaultJsonParser("error", "error");
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, text, done) =>
    text === "" ? done(null, undefined) : parseJson(request, text as string, done),
  );

  app.get("/healthz", async () => ({ status: state.stopping ? "stopping" : "ok" }));
  app.get("/openapi.json", async () => openApiDocument());
  app.get("/metrics", async (request, reply) => {
    if (state.composition.settings.metrics !== "public") await requireAdmin(request);
    const { registry } = state.recorders.metrics;
    reply.header("content-type", registry.contentType);
    return registry.metrics();
  });
  for (const version of ["/v1", "/ai/v1", "/client/v4/accounts/:account/ai/v1", "/v1beta"]) {
    app.get(`${version}/models`, async (request) => {
      const entries = listModels(state.composition, principal(request));
      return speaksGemini(request) ? { models: entries.map(geminiModel) } : modelsPage(entries);
    });
    app.get<{ Params: { "*": string } }>(`${version}/models/*`, async (request, reply) => {
      const name = request.params["*"];
      if (isGeminiCall(request)) return reply.callNotFound();
      const entry = modelEntry(name, state.composition, principal(request));
      if (entry === null) throw new GatewayError("model_not_found", "There is no such model", { param: "model" });
      return speaksGemini(request) ? geminiModel(entry) : entry;
    });
  }
  await app.register(async (admin) => {
    admin.addHook("onRequest", requireAdmin);
    keyRoutes(admin, () => state.keys);
    logRoutes(admin, state.recorders.logs);
    providerRoutes(admin, state);
    usageRoutes(admin, state.till);
    limitRoutes(admin, state);
  });
  await app.after();
  for (const [url, allowed] of [...methods]) {
    const others = app.supportedMethods.filter((method) => !allowed.includes(method));
    const allow = allowed.join(", ");
    app.route({
      method: others,
      url,
      handler: (request, reply) =>
        refuse(reply.header("allow", isGeminiCall(request) ? "POST" : allow), methodNotAllowed(), voiceFor(request)),
    });
  }
  await app.ready();
  return app;
}

/** Gemini's clients list models at the path of OpenAI's, and are known by where they put their key. */
function speaksGemini({ headers, url }: Pick<FastifyRequest, "headers" | "url">): boolean {
  return url.startsWith("/v1beta/") || headers["x-goog-api-key"] !== undefined;
}

/** A method of a model, which takes POST. */
function isGeminiCall(request: FastifyRequest): boolean {
  return speaksGemini(request) && /:[a-z]+(?:\?|$)/i.test(request.url);
}

function voiceFor(request: FastifyRequest): ErrorVoice {
  return speaksGemini(request) ? gemini : openAIChat;
}

function refuse(reply: FastifyReply, error: GatewayError, voice: ErrorVoice = openAIChat): FastifyReply {
  const { id } = reply.request;
  return reply
    .code(error.httpStatus)
    .headers({ "gw-error": error.code, "gw-request-id": id })
    .send(voice.encodeError(error, id));
}

function methodNotAllowed(): GatewayError {
  return new GatewayError("method_not_allowed", "This path does not take the method");
}

function controlError(cause: unknown): GatewayError {
  if (isGatewayError(cause)) return cause;
  const { statusCode, message } = cause as { statusCode?: number; message?: string };
  if (statusCode === 413) return new GatewayError("request_too_large", "The body is too large");
  if (statusCode !== undefined && statusCode < 500) {
    return new GatewayError("invalid_request", message ?? "The request is malformed", { httpStatus: statusCode });
  }
  return new GatewayError("internal_error", "The gateway failed", { cause });
}
