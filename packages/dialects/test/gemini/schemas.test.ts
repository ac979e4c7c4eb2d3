import { describe, expect, test } from "vitest";
import { decode, encode, type Wire } from "./wire.ts";

describe("trap 13: schemas", () => {
  const schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    additionalProperties: false,
    properties: {
      kind: { const: "a" },
      size: { type: ["integer", "null"], exclusiveMinimum: 0 },
      list: { type: "array" },
      node: { $ref: "#/$defs/node", title: "Node" },
      either: { oneOf: [{ type: "string", format: "uri" }, { type: "number" }] },
      both: {
        allOf: [{ type: "object", properties: { p: { type: "string" } }, required: ["p"] }, { description: "d" }],
      },
      $ref: { type: "string" },
    },
    required: ["kind", "missing"],
    $defs: { node: { type: "object", properties: { next: { $ref: "#/$defs/node" } } } },
  };
  const tools = [{ type: "function", name: "f", parameters: schema }] as const;

  test("as JSON Schema, only what stands beside a reference is left out", () => {
    const { body, notes } = encode({ tools });
    const { title: _title, ...node } = schema.properties.node;
    expect(body.tools[0].functionDeclarations[0]).toEqual({
      name: "f",
      parametersJsonSchema: { ...schema, properties: { ...schema.properties, node } },
    });
    expect(notes).toEqual(["mapped tools"]);
  });

  test("as the OpenAPI subset", () => {
    const { body, notes } = encode({ tools }, { schemaField: "openapi" });
    expect(body.tools[0].functionDeclarations[0].parameters).toEqual({
      type: "object",
      properties: {
        kind: { type: "string", enum: ["a"] },
        size: { type: "integer", nullable: true, minimum: 0 },
        list: { type: "array", items: { type: "string" } },
        node: { type: "object", properties: { next: { type: "object" } } },
        either: { anyOf: [{ type: "string" }, { type: "number" }] },
        both: { type: "object", description: "d", properties: { p: { type: "string" } }, required: ["p"] },
        $ref: { type: "string" },
      },
      required: ["kind"],
    });
    expect(notes).toEqual(["mapped tools"]);
  });

  test("the subset is read as JSON Schema", () => {
    const parameters = {
      type: "OBJECT",
      property_ordering: ["b", "a"],
      properties: {
        a: { type: "STRING", nullable: true, format: "enum", enum: ["x"] },
        b: { any_of: [{ type: "NUMBER" }, { type: 5, items: { type: "BOOLEAN" }, minItems: "1" }] },
      },
    };
    const { tools: read } = decode({ contents: [], tools: [{ function_declarations: [{ name: "f", parameters }] }] });
    const expected = {
      type: "object",
      properties: {
        b: { anyOf: [{ type: "number" }, { type: "array", items: { type: "boolean" }, minItems: 1 }] },
        a: { type: ["string", "null"], enum: ["x", null] },
      },
    };
    expect(JSON.stringify(read)).toBe(JSON.stringify([{ type: "function", name: "f", parameters: expected }]));
  });

  test.each(["json", "openapi"] as const)("a schema too deep to walk is refused (%s)", (schemaField) => {
    let deep: Wire = { type: "string" };
    for (let level = 0; level < 5_000; level += 1) deep = { type: "array", items: deep };
    const parameters = { type: "object", properties: { deep } };
    expect(() => encode({ tools: [{ type: "function", name: "f", parameters }] }, { schemaField })).toThrow(
      expect.objectContaining({ code: "invalid_request" }),
    );
  });

  test("references that multiply are refused", () => {
    const $defs: Wire = { d40: { type: "string" } };
    for (let level = 0; level < 40; level += 1) {
      const next = { $ref: `#/$defs/d${level + 1}` };
      $defs[`d${level}`] = { type: "object", properties: { a: next, b: next } };
    }
    const parameters = { $ref: "#/$defs/d0", $defs };
    expect(() => encode({ tools: [{ type: "function", name: "f", parameters }] }, { schemaField: "openapi" })).toThrow(
      expect.objectContaining({ code: "invalid_request" }),
    );
  });
});
