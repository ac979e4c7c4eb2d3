import { isJsonObject, type JsonObject, type JsonValue } from "@gw/core";
import { patternString, schemaString } from "./schema-string.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** Values that the prompt holds, to be used up in order where a schema has room for them. */
export interface SchemaHints {
  readonly strings: readonly string[];
  readonly numbers: readonly number[];
}

// Beyond the first, optional things are left out; beyond the second, a schema that requires itself ends in null.
const optionalDepth = 4;
const endlessDepth = 32;

/**
 * A value that satisfies a JSON Schema: objects with required and some optional properties, arrays and tuples, unions,
 * references, enums, bounds, formats and patterns. Gemini's form of schemas (upper-case types, `nullable`) is understood too.
 *
 * `not`, `if` and `contains` are not looked at.
 */
export function schemaValue(schema: JsonValue, random: SeededRandom, hints?: SchemaHints): JsonValue {
  return new ValueWriter(schema, random, hints).write(schema, 0);
}

class ValueWriter {
  readonly #root: JsonValue;
  readonly #random: SeededRandom;
  readonly #strings: string[];
  readonly #numbers: number[];

  constructor(root: JsonValue, random: SeededRandom, hints: SchemaHints = { strings: [], numbers: [] }) {
    this.#root = root;
    this.#random = random;
    this.#strings = [...hints.strings];
    this.#numbers = [...hints.numbers];
  }

  write(given: JsonValue | undefined, depth: number): JsonValue {
    if (!isJsonObject(given) || depth > endlessDepth) return depth > endlessDepth ? null : "anything";
    const schema = this.#flatten(given, depth);
    if (schema.const !== undefined) return schema.const;
    if (Array.isArray(schema.enum) && schema.enum.length > 0) return this.#random.pick(schema.enum);
    switch (this.#type(schema, depth)) {
      case "object":
        return this.#object(schema, depth);
      case "array":
        return this.#array(schema, depth);
      case "integer":
        return this.#number(schema, true);
      case "number":
        return this.#number(schema, false);
      case "boolean":
        return this.#random.integer(0, 1) === 1;
      case "null":
        return null;
      default:
        return this.#string(schema);
    }
  }

  /** One schema without references and unions: a branch is chosen, and everything that must hold together is joined. */
  #flatten(schema: JsonObject, depth: number, hops = 0): JsonObject {
    if (hops > endlessDepth) return { type: "null" };
    const { $ref, allOf, anyOf, oneOf, ...rest } = schema;
    let joined: JsonObject = rest;
    const add = (part: JsonValue | undefined): void => {
      if (isJsonObject(part)) joined = join(joined, this.#flatten(part, depth, hops + 1));
    };
    if (typeof $ref === "string") add(resolveReference(this.#root, $ref));
    if (Array.isArray(allOf)) for (const part of allOf) add(part);
    for (const union of [anyOf, oneOf]) if (Array.isArray(union)) add(this.#branch(union, depth));
    return joined;
  }

  #branch(union: readonly JsonValue[], depth: number): JsonValue | undefined {
    const present = union.filter((branch) => !isJsonObject(branch) || branch.type !== "null");
    if (depth < optionalDepth) return this.#random.pick(present.length > 0 ? present : union);
    const flat = union.filter((branch) => isJsonObject(branch) && !("$ref" in branch || "items" in branch));
    return flat.find((branch) => isJsonObject(branch) && branch.type === "null") ?? flat[0] ?? union[0];
  }

  #type(schema: JsonObject, depth: number): string {
    const listed = (Array.isArray(schema.type) ? schema.type : [schema.type])
      .filter((type) => typeof type === "string")
      .map((type) => type.toLowerCase());
    if (listed.length > 1) {
      const others = listed.filter((type) => type !== "null");
      if (depth >= optionalDepth && others.length < listed.length) return "null";
      return others[0] ?? "null";
    }
    if (listed[0] !== undefined) return listed[0];
    if ("properties" in schema || "required" in schema || "additionalProperties" in schema) return "object";
    if ("items" in schema || "prefixItems" in schema || "minItems" in schema) return "array";
    return ["minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum"].some((key) => key in schema)
      ? "number"
      : "string";
  }

  #object(schema: JsonObject, depth: number): JsonObject {
    const properties = isJsonObject(schema.properties) ? schema.properties : {};
    const required = Array.isArray(schema.required) ? schema.required : [];
    const most = Number(schema.maxProperties ?? Number.POSITIVE_INFINITY);
    const value: JsonObject = {};
    let optionalLeft = most - required.length;
    for (const [name, property] of Object.entries(properties)) {
      if (!required.includes(name)) {
        if (property === false || depth >= optionalDepth || optionalLeft <= 0) continue;
        if (!this.#takesHint(property) && this.#random.fraction() < 0.25) continue;
        optionalLeft -= 1;
      }
      define(value, name, this.write(property, depth + 1));
    }
    for (const name of required) {
      if (typeof name === "string" && !Object.hasOwn(value, name)) {
        define(value, name, this.write(this.#openProperty(schema, name), depth + 1));
      }
    }
    this.#addOpenProperties(schema, value, Object.keys(properties), most, depth);
    return value;
  }

  // What the prompt says is not left out because it would be optional.
  #takesHint(property: JsonValue | undefined): boolean {
    if (!isJsonObject(property)) return false;
    const type = String(property.type).toLowerCase();
    if (type === "string") return this.#strings.length > 0 && property.enum === undefined;
    return (type === "number" || type === "integer") && this.#numbers.length > 0;
  }

  // A property that `properties` does not name falls under the patterns, else under additionalProperties.
  #openProperty(schema: JsonObject, name: string): JsonValue | undefined {
    for (const [pattern, property] of Object.entries(
      isJsonObject(schema.patternProperties) ? schema.patternProperties : {},
    )) {
      if (new RegExp(pattern, "u").test(name)) return property;
    }
    return isJsonObject(schema.additionalProperties) ? schema.additionalProperties : { type: "string" };
  }

  #addOpenProperties(
    schema: JsonObject,
    value: JsonObject,
    named: readonly string[],
    most: number,
    depth: number,
  ): void {
    const least = Number(schema.minProperties ?? 0);
    const patterns = Object.entries(isJsonObject(schema.patternProperties) ? schema.patternProperties : {});
    const isMap = named.length === 0 && (isJsonObject(schema.additionalProperties) || patterns.length > 0);
    const wanted = Math.min(most, Math.max(least, isMap && depth < optionalDepth ? 2 : 0));
    for (let index = 1; Object.keys(value).length < wanted && index < 100; index += 1) {
      const pattern = patterns[0];
      if (schema.additionalProperties === false && pattern === undefined) {
        const unused = named.find((name) => !Object.hasOwn(value, name));
        if (unused === undefined) return;
        define(value, unused, this.write((schema.properties as JsonObject)[unused], depth + 1));
        continue;
      }
      const name = pattern === undefined ? `key_${index}` : patternString(pattern[0], undefined, this.#random);
      define(value, name, this.write(this.#openProperty(schema, name), depth + 1));
    }
  }

  #array(schema: JsonObject, depth: number): JsonValue[] {
    const leading = Array.isArray(schema.prefixItems)
      ? schema.prefixItems
      : Array.isArray(schema.items)
        ? schema.items
        : [];
    const items = Array.isArray(schema.items) ? schema.additionalItems : schema.items;
    const least = Number(schema.minItems ?? 0);
    const most = items === false ? leading.length : Number(schema.maxItems ?? Number.POSITIVE_INFINITY);
    const wish = depth >= optionalDepth ? leading.length : Math.max(leading.length, this.#random.integer(1, 3));
    const length = Math.min(most, Math.max(least, wish));
    const values: JsonValue[] = [];
    const seen = new Set<string>();
    for (let attempt = 0; values.length < length && attempt < length + 200; attempt += 1) {
      const value = this.write(leading[values.length] ?? items, depth + 1);
      const text = JSON.stringify(value);
      if (schema.uniqueItems === true && seen.has(text)) continue;
      seen.add(text);
      values.push(value);
    }
    return values;
  }

  #string(schema: JsonObject): string {
    const isFree = schema.pattern === undefined && schema.format === undefined;
    return schemaString(schema, this.#random, isFree ? this.#strings.shift() : undefined);
  }

  #number(schema: JsonObject, isInteger: boolean): number {
    const step = typeof schema.multipleOf === "number" ? schema.multipleOf : isInteger ? 1 : 0.25;
    const { low, high } = numberBounds(schema, isInteger);
    const hint = this.#numbers[0];
    if (hint !== undefined && hint >= low && hint <= high && isMultiple(hint, schema.multipleOf, isInteger)) {
      this.#numbers.shift();
      return hint;
    }
    const first = Math.ceil(low / step);
    const last = Math.floor(high / step);
    if (first > last) return isInteger ? Math.ceil(low) : (low + high) / 2;
    const value = this.#random.integer(first, Math.min(last, first + 99)) * step;
    return Number(value.toPrecision(12));
  }
}

function isMultiple(value: number, multipleOf: JsonValue | undefined, isInteger: boolean): boolean {
  if (isInteger && !Number.isInteger(value)) return false;
  return typeof multipleOf !== "number" || Number.isInteger(value / multipleOf);
}

const tiny = 1e-6;

function numberBounds(schema: JsonObject, isInteger: boolean): { low: number; high: number } {
  const gap = isInteger ? 1 : tiny;
  const lows: number[] = [];
  const highs: number[] = [];
  if (typeof schema.minimum === "number") lows.push(schema.minimum + (schema.exclusiveMinimum === true ? gap : 0));
  if (typeof schema.exclusiveMinimum === "number") lows.push(schema.exclusiveMinimum + gap);
  if (typeof schema.maximum === "number") highs.push(schema.maximum - (schema.exclusiveMaximum === true ? gap : 0));
  if (typeof schema.exclusiveMaximum === "number") highs.push(schema.exclusiveMaximum - gap);
  const low = lows.length > 0 ? Math.max(...lows) : highs.length > 0 ? Math.min(0, ...highs) : 0;
  return { low, high: highs.length > 0 ? Math.min(...highs) : low + 100 };
}

const strictest: Readonly<Record<string, (left: number, right: number) => number>> = {
  minimum: Math.max,
  exclusiveMinimum: Math.max,
  minLength: Math.max,
  minItems: Math.max,
  minProperties: Math.max,
  maximum: Math.min,
  exclusiveMaximum: Math.min,
  maxLength: Math.min,
  maxItems: Math.min,
  maxProperties: Math.min,
};

/** A schema that is only satisfied by what satisfies both. */
function join(left: JsonObject, right: JsonObject): JsonObject {
  const joined: JsonObject = { ...left };
  for (const [key, value] of Object.entries(right)) {
    const before = joined[key];
    if (before === undefined) define(joined, key, value);
    else if (key === "properties" && isJsonObject(before) && isJsonObject(value)) joined[key] = joinEach(before, value);
    else if (key === "required" && Array.isArray(before) && Array.isArray(value)) {
      joined[key] = [...new Set([...before, ...value])];
    } else if (key === "enum" && Array.isArray(before) && Array.isArray(value)) {
      joined[key] = before.filter((item) => value.includes(item));
    } else if (typeof before === "number" && typeof value === "number" && strictest[key] !== undefined) {
      joined[key] = strictest[key](before, value);
    } else if (!(key === "additionalProperties" && before === false)) joined[key] = value;
  }
  return joined;
}

function joinEach(left: JsonObject, right: JsonObject): JsonObject {
  const joined: JsonObject = { ...left };
  for (const [name, schema] of Object.entries(right)) {
    const before = joined[name];
    define(joined, name, isJsonObject(before) && isJsonObject(schema) ? { allOf: [before, schema] } : schema);
  }
  return joined;
}

// A property may be called __proto__.
function define(target: JsonObject, name: string, value: JsonValue | undefined): void {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}

/** What a local reference such as `#/$defs/Node` or `#` points to. */
function resolveReference(root: JsonValue, reference: string): JsonValue | undefined {
  if (!reference.startsWith("#")) return undefined;
  let at: JsonValue | undefined = root;
  for (const step of reference
    .slice(1)
    .split("/")
    .filter((part) => part !== "")) {
    const key = decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
    at = Array.isArray(at) ? at[Number(key)] : isJsonObject(at) ? at[key] : undefined;
  }
  return at;
}
