/** Any value that JSON can carry. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;

/** A JSON object. An absent key and an `undefined` value mean the same. */
export interface JsonObject {
  [key: string]: JsonValue | undefined;
}

/** True for objects, false for arrays, `null` and scalars. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
