import { isJsonObject, type JsonObject, type JsonValue } from "@gw/core";
import { mapValues, maxSchemaDepth, tooDeep } from "./subschemas.ts";

const kept = new Set([
  "title",
  "description",
  "default",
  "pattern",
  "minimum",
  "maximum",
  "minItems",
  "maxItems",
  "minLength",
  "maxLength",
  "minProperties",
  "maxProperties",
  "nullable",
]);
// Keywords that say nothing about which values fit, or that are read where they are needed.
const silent = new Set([
  "$schema",
  "$id",
  "$comment",
  "$anchor",
  "$defs",
  "definitions",
  "examples",
  "readOnly",
  "writeOnly",
  "deprecated",
  "additionalProperties",
  "items",
  "type",
  "required",
]);
const formats = new Set(["enum", "date-time", "int32", "int64", "float", "double"]);
// References are written out, so a small schema of references to references can grow without end.
const maxNodes = 10_000;

/**
 * A JSON Schema as the OpenAPI subset of `parameters` and `responseSchema`: references are written out, alternatives become
 * `anyOf`, constants an `enum`, and what the subset has no keyword for is left out.
 *
 * @param onLoss called when something that limits the values had to be left out or changed
 * @throws {GatewayError} `invalid_request` for a schema nested deeper than 100 levels, or of more than 10,000 schemas with its
 * references written out
 * @see Schema in @google/genai 3.1.0; zed-industries/zed#44875 and nanbingxyz/5ire#42 for what is refused beside it
 */
export function openApiFromJsonSchema(schema: JsonObject, onLoss: () => void): JsonObject {
  return new Reducer(schema, onLoss).reduce(schema, []);
}

class Reducer {
  readonly #root: JsonObject;
  readonly #onLoss: () => void;
  #nodes = 0;

  constructor(root: JsonObject, onLoss: () => void) {
    this.#root = root;
    this.#onLoss = onLoss;
  }

  /** @param path the schemas around this one, so that a recursive reference ends. */
  reduce(value: JsonValue | undefined, path: readonly JsonObject[]): JsonObject {
    if (!isJsonObject(value)) return {};
    this.#nodes += 1;
    if (path.length > maxSchemaDepth || this.#nodes > maxNodes) throw tooDeep();
    if (typeof value.$ref === "string") return this.#reference(value.$ref, value, path);
    const inside = [...path, value];
    const node: JsonObject = {};
    if (Array.isArray(value.allOf)) this.#merge(node, value.allOf, inside);
    for (const [key, field] of Object.entries(value)) {
      if (kept.has(key)) node[key] = field;
      else if (!silent.has(key)) this.#keyword(node, key, field, inside);
    }
    this.#type(node, value.type);
    this.#children(node, value, inside);
    return node;
  }

  #reference(reference: string, beside: JsonObject, path: readonly JsonObject[]): JsonObject {
    const target = this.#resolve(reference);
    const note = typeof beside.description === "string" ? { description: beside.description } : {};
    if (target === null || path.includes(target)) {
      this.#onLoss();
      return { type: "object", ...note };
    }
    return { ...this.reduce(target, path), ...note };
  }

  #resolve(reference: string): JsonObject | null {
    if (!reference.startsWith("#")) return null;
    let target: JsonValue | undefined = this.#root;
    for (const step of reference.slice(1).split("/").slice(1)) {
      const key = decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
      target = isJsonObject(target) && Object.hasOwn(target, key) ? target[key] : undefined;
    }
    return isJsonObject(target) ? target : null;
  }

  #merge(node: JsonObject, members: readonly JsonValue[], path: readonly JsonObject[]): void {
    for (const member of members) {
      const { properties, required, ...others } = this.reduce(member, path);
      Object.assign(node, others);
      if (isJsonObject(properties))
        node.properties = { ...(isJsonObject(node.properties) && node.properties), ...properties };
      if (Array.isArray(required))
        node.required = [...(Array.isArray(node.required) ? node.required : []), ...required];
    }
  }

  #keyword(node: JsonObject, key: string, field: JsonValue | undefined, path: readonly JsonObject[]): void {
    switch (key) {
      case "allOf":
        return;
      case "properties":
        if (isJsonObject(field))
          node.properties = {
            ...(isJsonObject(node.properties) && node.properties),
            ...mapValues(field, (property) => this.reduce(property, path)),
          };
        return;
      case "anyOf":
      case "oneOf":
        if (Array.isArray(field)) this.#alternatives(node, field, path);
        return;
      case "const":
        this.#values(node, [field ?? null]);
        return;
      case "enum":
        if (Array.isArray(field)) this.#values(node, field);
        return;
      case "format":
        if (formats.has(String(field))) node.format = field;
        else this.#onLoss();
        return;
      case "exclusiveMinimum":
        node.minimum ??= field;
        break;
      case "exclusiveMaximum":
        node.maximum ??= field;
        break;
    }
    this.#onLoss();
  }

  #alternatives(node: JsonObject, members: readonly JsonValue[], path: readonly JsonObject[]): void {
    const options = members.filter((member) => !(isJsonObject(member) && member.type === "null"));
    if (options.length < members.length) node.nullable = true;
    const [only] = options;
    if (options.length === 1) Object.assign(node, this.reduce(only, path));
    else if (options.length > 1) node.anyOf = options.map((option) => this.reduce(option, path));
  }

  /** Only texts can be listed. */
  #values(node: JsonObject, values: readonly JsonValue[]): void {
    const real = values.filter((value) => value !== null);
    if (real.length < values.length) node.nullable = true;
    if (real.length > 0 && real.every((value) => typeof value === "string")) {
      node.type = "string";
      node.enum = real;
    } else this.#onLoss();
  }

  #type(node: JsonObject, type: JsonValue | undefined): void {
    const types = Array.isArray(type) ? type : type === undefined ? [] : [type];
    const real = types.filter((name) => name !== "null");
    if (real.length < types.length) node.nullable = true;
    if (real.length === 1) node.type = real[0];
    else if (real.length > 1) node.anyOf = real.map((name) => ({ type: name, ...(name === "array" && anyItems) }));
  }

  #children(node: JsonObject, schema: JsonObject, path: readonly JsonObject[]): void {
    if (isJsonObject(schema.additionalProperties)) this.#onLoss();
    if (isJsonObject(schema.items)) node.items = this.reduce(schema.items, path);
    if (node.type === "array" && node.items === undefined) {
      Object.assign(node, anyItems);
      this.#onLoss();
    }
    const names = isJsonObject(node.properties) ? Object.keys(node.properties) : [];
    const own = Array.isArray(schema.required) ? schema.required : [];
    const required = [...(Array.isArray(node.required) ? node.required : []), ...own];
    delete node.required;
    const possible = [...new Set(required)].filter((name) => typeof name === "string" && names.includes(name));
    if (possible.length > 0) node.required = possible;
  }
}

// An array without `items` is refused.
const anyItems = { items: { type: "string" } };
