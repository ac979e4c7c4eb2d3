import type { JsonObject, JsonValue } from "@gw/core";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { schemaValue } from "../src/schema-value.ts";
import { SeededRandom } from "../src/seeded-random.ts";

const formats = {
  "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
  email: /^[^@\s]+@[^@\s]+\.[a-z]+$/,
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
};

function faultsOf(schema: JsonValue, value: JsonValue): unknown {
  const ajv = new Ajv2020({ strict: false, allErrors: true, ownProperties: true, formats });
  const validate = ajv.compile(schema as JsonObject);
  return validate(value) ? null : validate.errors;
}

const leaf = fc.oneof(
  fc.record({ type: fc.constant("string"), minLength: fc.integer({ min: 0, max: 30 }) }, { requiredKeys: ["type"] }),
  fc.integer({ min: 0, max: 12 }).map((maxLength) => ({ type: "string", maxLength })),
  fc.constantFrom(...Object.keys(formats)).map((format) => ({ type: "string", format })),
  fc
    .constantFrom(
      "^[A-Z]{3}-\\d{4}$",
      "^(cat|dog)s?$",
      "^[^,]{2,5}$",
      "\\w+@\\w+",
      "^#[0-9a-fA-F]{6}$",
      "^\\+?[1-9]\\d{6,9}$",
    )
    .map((pattern) => ({ type: "string", pattern })),
  fc
    .tuple(fc.integer({ min: -1_000, max: 1_000 }), fc.integer({ min: 0, max: 50 }))
    .map(([minimum, span]) => ({ type: "integer", minimum, maximum: minimum + span })),
  fc.tuple(fc.integer({ min: -100, max: 100 }), fc.integer({ min: 1, max: 9 })).map(([exclusiveMinimum, span]) => ({
    type: "number",
    exclusiveMinimum,
    exclusiveMaximum: exclusiveMinimum + span,
  })),
  fc.integer({ min: 1, max: 9 }).map((multipleOf) => ({ type: "integer", multipleOf, minimum: 5 })),
  fc.constantFrom<JsonObject>(
    { type: "boolean" },
    { type: "null" },
    { type: ["string", "null"] },
    { enum: ["a", 1, null] },
    { const: { exact: true } },
    { maximum: -3 },
  ),
);

const { schema: anySchema } = fc.letrec<{
  schema: JsonObject;
  object: JsonObject;
  array: JsonObject;
  union: JsonObject;
}>((tie) => ({
  schema: fc.oneof({ maxDepth: 3, withCrossShrink: true }, leaf, tie("object"), tie("array"), tie("union")),
  object: fc
    .tuple(
      fc.dictionary(fc.constantFrom("name", "size", "constructor", "with space", "é"), tie("schema"), { maxKeys: 4 }),
      fc.boolean(),
      fc.boolean(),
    )
    .map(([properties, all, closed]) => ({
      type: "object",
      properties,
      required: Object.keys(properties).filter((_, index) => all || index % 2 === 0),
      ...(closed && { additionalProperties: false }),
    })),
  array: fc
    .tuple(tie("schema"), fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 3 }))
    .map(([items, minItems, more]) => ({ type: "array", items, minItems, maxItems: minItems + more })),
  union: fc.array(tie("schema"), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
}));

test("any schema made of the supported words is satisfied", () => {
  fc.assert(
    fc.property(anySchema, fc.string(), (schema, seed) => {
      expect(faultsOf(schema, schemaValue(schema, new SeededRandom(seed)))).toBeNull();
    }),
    { numRuns: 80 },
  );
});

const tree = {
  $defs: {
    node: {
      type: "object",
      properties: { value: { type: "integer" }, children: { type: "array", items: { $ref: "#/$defs/node" } } },
      required: ["value", "children"],
      additionalProperties: false,
    },
  },
  $ref: "#/$defs/node",
};

describe("schemas by hand", () => {
  const cases: Record<string, JsonObject> = {
    "a tree that refers to itself": tree,
    "a list linked through null": {
      type: "object",
      properties: { next: { anyOf: [{ $ref: "#" }, { type: "null" }] } },
      required: ["next"],
      additionalProperties: false,
    },
    "allOf joins bounds and properties": {
      allOf: [
        { type: "object", properties: { age: { type: "integer", minimum: 5 } }, required: ["age"] },
        { properties: { age: { maximum: 7 }, name: { type: "string", minLength: 3 } }, required: ["name"] },
      ],
    },
    "a union told apart by a constant": {
      oneOf: ["circle", "square"].map((kind) => ({
        type: "object",
        properties: { kind: { const: kind }, [kind]: { type: "number", minimum: 0 } },
        required: ["kind", kind],
        additionalProperties: false,
      })),
    },
    "a map": { type: "object", additionalProperties: { type: "integer" }, minProperties: 2 },
    "a map with patterned keys": {
      type: "object",
      patternProperties: { "^x-[a-z]+$": { type: "boolean" } },
      additionalProperties: false,
    },
    "a tuple": { type: "array", prefixItems: [{ type: "string" }, { type: "integer" }], items: false, minItems: 2 },
    "items that differ": {
      type: "array",
      items: { type: "integer", minimum: 1, maximum: 5 },
      uniqueItems: true,
      minItems: 5,
    },
    "a required property without a schema": { type: "object", required: ["anything"] },
    "a pattern with a length": { type: "string", pattern: "^[a-z]+$", minLength: 6, maxLength: 8 },
  };
  test.each(Object.entries(cases))("%s", (_, schema) => {
    for (const seed of ["a", "b", "c", "d", "e"]) {
      expect(faultsOf(schema, schemaValue(schema, new SeededRandom(seed)))).toBeNull();
    }
  });

  test("hints are used where they fit, and each once", () => {
    const schema: JsonObject = {
      type: "object",
      properties: {
        from: { type: "string" },
        when: { type: "string", format: "date-time" },
        to: { type: "string" },
        count: { type: "integer", maximum: 9 },
      },
      required: ["from", "when", "to", "count"],
    };
    const hints = { strings: ["Paris", "Rome"], numbers: [3, 400] };
    expect(schemaValue(schema, new SeededRandom("x"), hints)).toMatchObject({ from: "Paris", to: "Rome", count: 3 });
  });

  test("Gemini's own form of schemas is understood", () => {
    const schema = {
      type: "OBJECT",
      properties: {
        size: { type: "INTEGER", minimum: 2, maximum: 2 },
        tags: { type: "ARRAY", items: { type: "STRING" }, minItems: "1" },
      },
      required: ["size", "tags"],
    };
    expect(schemaValue(schema, new SeededRandom("x"))).toEqual({
      size: 2,
      tags: expect.arrayContaining([expect.any(String)]),
    });
  });
});
