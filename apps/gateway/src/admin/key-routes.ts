import { GatewayError } from "@gw/core";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { ClientKeys } from "../keys/client-keys.ts";
import type { StoredKey } from "../stores/key-store.ts";
import { parseDisconnectRule } from "../streams/disconnect-rule.ts";
import { parseRequest } from "./parse-request.ts";

const name = z.string().min(1).max(128);

/** One limit of a key. */
export const keyLimitSchema = z.strictObject({
  usd: z.number().nonnegative().max(1_000_000_000),
  per: z.enum(["hour", "day", "week", "month", "total"]),
});

/** A rule for streamed calls that nobody reads any more. */
export const onDisconnectSchema = z
  .string()
  .refine((text) => parseDisconnectRule(text) !== null, { error: "must be detach or cancel, with ;grace=SECONDS" })
  .describe("What becomes of its streamed calls without readers: detach or cancel, with ;grace=SECONDS where wanted.");

/** What `POST /admin/v1/keys` takes. */
export const newKeySchema = z.strictObject({
  name,
  organisation: name.optional(),
  project: name.optional(),
  metadata: z.record(z.string().min(1).max(64), z.union([z.string().max(512), z.number(), z.boolean()])).optional(),
  models: z
    .array(z.string().min(1).max(256))
    .max(1_000)
    .optional()
    .describe("Model strings it may use; provider/* for all of one."),
  limits: z
    .array(keyLimitSchema)
    .max(5)
    .refine((limits) => new Set(limits.map(({ per }) => per)).size === limits.length, {
      error: "must name each kind of window once",
    })
    .optional()
    .describe("What it may spend, in windows of the calendar of UTC or in total."),
  on_disconnect: onDisconnectSchema.optional(),
  expires_at: z.iso.datetime({ offset: true }).optional(),
});

/** `/admin/v1/keys`. */
export function keyRoutes(app: FastifyInstance, keys: () => ClientKeys): void {
  app.post("/admin/v1/keys", async (request, reply) => {
    const wanted = parseRequest(newKeySchema, request.body);
    const { stored, key } = await keys().create({
      name: wanted.name,
      ...(wanted.organisation !== undefined && { organisation: wanted.organisation }),
      ...(wanted.project !== undefined && { project: wanted.project }),
      ...(wanted.metadata !== undefined && { metadata: wanted.metadata }),
      ...(wanted.models !== undefined && { models: wanted.models }),
      ...(wanted.limits !== undefined && { limits: wanted.limits }),
      ...(wanted.on_disconnect !== undefined && { onDisconnect: wanted.on_disconnect }),
      ...(wanted.expires_at !== undefined && { expiresAtMs: Date.parse(wanted.expires_at) }),
    });
    reply.code(201);
    return { ...publicKey(stored), key };
  });
  app.get("/admin/v1/keys", async () => ({ data: (await keys().list()).map(publicKey) }));
  app.delete<{ Params: { id: string } }>("/admin/v1/keys/:id", async (request) => {
    if (await keys().revoke(request.params.id)) return { id: request.params.id, deleted: true };
    throw new GatewayError("not_found", "There is no such key");
  });
}

/** A key as it may be shown: all but its text and hash. */
export function publicKey(key: StoredKey) {
  return {
    id: key.id,
    name: key.name,
    organisation: key.organisation,
    project: key.project,
    metadata: key.metadata,
    models: key.models,
    limits: key.limits,
    on_disconnect: key.onDisconnect,
    created_at: new Date(key.createdAtMs).toISOString(),
    expires_at: key.expiresAtMs === null ? null : new Date(key.expiresAtMs).toISOString(),
  };
}
