import { z } from "zod";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";

const maxDepth = 512;

// A cycle is as deep as it gets.
function isJson(value: unknown, depth: number): boolean {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || depth === maxDepth) return false;
  if (Array.isArray(value)) return value.every((item) => isJson(item, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return Object.values(value).every((item) => item === undefined || isJson(item, depth + 1));
}

/** Any value that JSON can carry, at most 512 levels deep. */
export const jsonValueSchema: z.ZodType<JsonValue> = z.custom<JsonValue>(
  (value) => isJson(value, 0),
  "Not a JSON value",
);

/** A JSON object, at most 512 levels deep. */
export const jsonObjectSchema: z.ZodType<JsonObject> = z.custom<JsonObject>(
  (value) => isJsonObject(value) && isJson(value, 0),
  "Not a JSON object",
);
