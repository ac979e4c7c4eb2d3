import { isJsonObject, type JsonObject, type JsonValue } from "@gw/core";

/**
 * Keywords that may constrain an answer.
 * @see @anthropic-ai/sdk 1.10 `lib/transform-json-schema`, which moves every other one into the description
 */
const kept = new Set([
  "$defs",
  "$ref",
  "allOf",
  "anyOf",
  "const",
  "description",
  "enum",
  "format",
  "items",
  "properties",
  "required",
  "title",
  "type",
]);

/** Keywords without effect on what is valid. */
const silent = new Set(["$id", "$schema", "default", "examples", "example"]);

/**
 * A schema that the vendor compiles: objects are closed, and constraints that it refuses are told to the model in the
 * description instead. An answer that satisfies it may still break one of those.
 *
 * @returns the schema, and the keywords that became words
 */
export function encodeOutputSchema(schema: JsonObject): { readonly schema: JsonObject; readonly told: string[] } {
  const told = new Set<string>();
  return { schema: encodeNode(schema, told), told: [...told] };
}

function encodeNode(node: JsonObject, told: Set<string>): JsonObject {
  const result: JsonObject = {};
  const words: string[] = [];
  for (const [key, value] of Object.entries(node)) {
    if (value === undefined || silent.has(key)) continue;
    if (key === "properties" || key === "$defs") result[key] = encodeEach(value, told);
    else if (key === "definitions") result.$defs = encodeEach(value, told);
    else if (key === "$ref" && typeof value === "string") result.$ref = value.replace("#/definitions/", "#/$defs/");
    else if (key === "oneOf") result.anyOf = encodeList(value, told);
    else if (key === "anyOf" || key === "allOf") result[key] = encodeList(value, told);
    else if (key === "items" && isJsonObject(value)) result.items = encodeNode(value, told);
    else if (key === "additionalProperties") {
      if (value !== false) told.add(key);
    } else if (kept.has(key) || (key === "minItems" && (value === 0 || value === 1))) result[key] = value;
    else {
      told.add(key);
      words.push(`${key}: ${JSON.stringify(value)}`);
    }
  }
  if (words.length > 0) {
    const description = typeof result.description === "string" ? `${result.description}\n` : "";
    result.description = `${description}(${words.join("; ")})`;
  }
  if (result.properties !== undefined || result.type === "object") result.additionalProperties = false;
  return result;
}

function encodeEach(value: JsonValue, told: Set<string>): JsonValue {
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, node]) => [name, isJsonObject(node) ? encodeNode(node, told) : node]),
  );
}

function encodeList(value: JsonValue, told: Set<string>): JsonValue {
  return Array.isArray(value) ? value.map((node) => (isJsonObject(node) ? encodeNode(node, told) : node)) : value;
}
