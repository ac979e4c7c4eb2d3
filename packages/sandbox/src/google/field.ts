import type { JsonObject, JsonValue } from "@gw/core";

/** A field by its camelCase name, also where the caller wrote it in snake_case, which Google's APIs take as well. */
export function field(object: JsonObject, name: string): JsonValue | undefined {
  return object[name] ?? object[name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)];
}
