import { isJsonObject, type JsonObject, type JsonValue } from "@gw/core";
import { mapSubschemas } from "./subschemas.ts";
import { splitFields } from "./wire-fields.ts";

const multiWordKeywords = [
  "anyOf",
  "maxItems",
  "minItems",
  "maxLength",
  "minLength",
  "maxProperties",
  "minProperties",
  "propertyOrdering",
] as const;
const counts = ["maxItems", "minItems", "maxLength", "minLength", "maxProperties", "minProperties"] as const;

/**
 * The format's own schemas (an OpenAPI 3.0 subset in protobuf's JSON) as JSON Schema: type names in lower case, `nullable` as
 * a type of its own, counts as numbers, the order of properties as the order in which they stand. What is JSON Schema already
 * stays as it is.
 *
 * @throws {GatewayError} `invalid_request` for a schema nested deeper than 100 levels
 */
export function jsonSchemaFromOpenApi(schema: JsonObject, depth = 0): JsonObject {
  const { known, rest } = splitFields(schema, multiWordKeywords);
  const { propertyOrdering, ...keywords } = known;
  const node = mapSubschemas({ ...rest, ...keywords }, depth, jsonSchemaFromOpenApi);
  for (const name of counts) {
    const value = node[name];
    if (typeof value === "string" && /^\d+$/.test(value)) node[name] = Number(value);
  }
  node.type = lowerType(node.type);
  if (node.type === undefined) delete node.type;
  if (node.format === "enum") delete node.format;
  if (node.example !== undefined) {
    node.examples = [node.example];
    delete node.example;
  }
  if (isJsonObject(node.properties) && Array.isArray(propertyOrdering))
    node.properties = reorder(node.properties, propertyOrdering);
  if (node.nullable === true) addNull(node);
  delete node.nullable;
  return node;
}

// Types by number, as clients send them that write enums so (recorded 2026); the order is that of the vendor's `Type`.
const numbered = [undefined, "string", "number", "integer", "boolean", "array", "object", "null"];

function lowerType(type: JsonValue | undefined): JsonValue | undefined {
  if (typeof type === "number") return numbered[type];
  if (type === "TYPE_UNSPECIFIED") return undefined;
  return typeof type === "string" ? type.toLowerCase() : type;
}

function addNull(node: JsonObject): void {
  if (typeof node.type === "string" && node.type !== "null") node.type = [node.type, "null"];
  if (Array.isArray(node.enum) && !node.enum.includes(null)) node.enum = [...node.enum, null];
  if (Array.isArray(node.anyOf)) node.anyOf = [...node.anyOf, { type: "null" }];
}

function reorder(properties: JsonObject, order: readonly JsonValue[]): JsonObject {
  const rank = (name: string) => (order.indexOf(name) + 1 || order.length + 1) - 1;
  return Object.fromEntries(Object.entries(properties).toSorted(([a], [b]) => rank(a) - rank(b)));
}
