import { GatewayError } from "@gw/core";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { LogStore } from "../stores/log-store.ts";
import { parseRequest } from "./parse-request.ts";

const text = z.string().min(1).max(256).optional();

/** What `GET /admin/v1/logs` takes in its query. */
export const logQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  before: z.iso.datetime({ offset: true }).optional(),
  organisation: text,
  project: text,
  key_id: text,
  model: text,
  error_code: text,
});

/** `/admin/v1/logs`. */
export function logRoutes(app: FastifyInstance, logs: LogStore): void {
  app.get("/admin/v1/logs", async (request) => {
    const query = parseRequest(logQuerySchema, request.query);
    const data = await logs.query({
      limit: query.limit,
      ...(query.before !== undefined && { beforeMs: Date.parse(query.before) }),
      ...(query.organisation !== undefined && { organisation: query.organisation }),
      ...(query.project !== undefined && { project: query.project }),
      ...(query.key_id !== undefined && { keyId: query.key_id }),
      ...(query.model !== undefined && { model: query.model }),
      ...(query.error_code !== undefined && { errorCode: query.error_code }),
    });
    return { data };
  });
  app.get<{ Params: { requestId: string } }>("/admin/v1/logs/:requestId", async (request) => {
    const row = await logs.find(request.params.requestId);
    if (row === null) throw new GatewayError("not_found", "There is no log of such a request");
    return row;
  });
}
