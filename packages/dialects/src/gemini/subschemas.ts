import { GatewayError, isJsonObject, type JsonObject, type JsonValue } from "@gw/core";
import { setField } from "./wire-fields.ts";

const single = new Set([
  "items",
  "additionalProperties",
  "contains",
  "not",
  "if",
  "then",
  "else",
  "propertyNames",
  "unevaluatedItems",
  "unevaluatedProperties",
]);
const lists = new Set(["anyOf", "oneOf", "allOf", "prefixItems", "items"]);
const maps = new Set(["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"]);

/** How deep a schema may nest before it is refused. */
export const maxSchemaDepth = 100;

/** Rewrites one schema; `depth` is for the children's call of {@link mapSubschemas}. */
export type SchemaRewrite = (schema: JsonObject, depth: number) => JsonObject;

/**
 * A copy of a JSON Schema with `rewrite` applied to the schemas directly inside it. Names of properties are not mistaken for
 * keywords.
 *
 * @throws {GatewayError} `invalid_request` for a schema nested deeper than 100 levels
 */
export function mapSubschemas(schema: JsonObject, depth: number, rewrite: SchemaRewrite): JsonObject {
  if (depth > maxSchemaDepth) throw tooDeep();
  const inner = (value: JsonValue) => (isJsonObject(value) ? rewrite(value, depth + 1) : value);
  const copy: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) {
    if (isJsonObject(value) && single.has(key)) copy[key] = inner(value);
    else if (Array.isArray(value) && lists.has(key)) copy[key] = value.map(inner);
    else if (isJsonObject(value) && maps.has(key)) copy[key] = mapValues(value, inner);
    else setField(copy, key, value);
  }
  return copy;
}

/** A copy of an object with every value rewritten. */
export function mapValues(object: JsonObject, rewrite: (value: JsonValue, key: string) => JsonValue): JsonObject {
  const copy: JsonObject = {};
  for (const [key, value] of Object.entries(object)) {
    if (value !== undefined) setField(copy, key, rewrite(value, key));
  }
  return copy;
}

/** `invalid_request` for a schema that cannot be walked. */
export function tooDeep(): GatewayError {
  return new GatewayError("invalid_request", "A schema is too deep or too large", { param: "tools" });
}
