import { GatewayError } from "@gw/core";
import type { z } from "zod";

/** Reads a body or query. @throws {GatewayError} `invalid_request` naming the first field at fault. */
export function parseRequest<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path.join(".") ?? "";
  throw new GatewayError("invalid_request", `${path === "" ? "" : `${path}: `}${issue?.message ?? "is malformed"}`, {
    param: path,
  });
}
