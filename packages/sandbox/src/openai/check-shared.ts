import { isJsonObject, type JsonObject, type JsonValue } from "@gw/core";
import { objectOf, objectsOf } from "../json-list.ts";
import { refuse } from "./refuse.ts";

/** Models that think before they answer, and take no `max_tokens` (recorded 2026: gpt-5; documented: o-series). */
export function isReasoningModel(model: string): boolean {
  return /^(?:o\d|gpt-5)/.test(model) && !model.includes("-chat");
}

/** @throws {VendorError} for a number out of its range. */
export function checkRange(body: JsonObject, param: string, least: number, most: number): void {
  const value = body[param];
  if (typeof value !== "number" || (value >= least && value <= most)) return;
  const kind =
    Number.isInteger(value) && Number.isInteger(least) && !["temperature", "top_p"].includes(param)
      ? "integer"
      : "decimal";
  const [side, sign, bound] = value > most ? ["above maximum", "<=", most] : ["below minimum", ">=", least];
  throw refuse(
    `Invalid '${param}': ${kind} ${side} value. Expected a value ${sign} ${bound}, but got ${value} instead.`,
    param,
    value > most ? `${kind}_above_max_value` : `${kind}_below_min_value`,
  );
}

const serviceTiers = ["auto", "default", "flex", "priority", "scale"];

/** @see `service_tier` in openai SDK 7.55. @throws {VendorError} for another vendor's tier. */
export function checkServiceTier({ service_tier: tier }: JsonObject): void {
  if (typeof tier !== "string" || serviceTiers.includes(tier)) return;
  const supported = serviceTiers.map((name) => `'${name}'`).join(", ");
  throw refuse(`Invalid value: '${tier}'. Supported values are: ${supported}.`, "service_tier", "invalid_value");
}

/**
 * Names, strict schemas and the choice of tools.
 *
 * @param functions each tool's `name`, `parameters` and `strict`, with its path
 * @throws {VendorError}
 */
export function checkTools(
  functions: readonly { readonly path: string; readonly tool: JsonObject }[],
  body: JsonObject,
): void {
  for (const { path, tool } of functions) {
    const name = tool.name;
    if (typeof name !== "string") {
      throw refuse(`Missing required parameter: '${path}.name'.`, `${path}.name`, "missing_required_parameter");
    }
    if (!/^[a-zA-Z0-9_-]{1,64}$/.test(name)) {
      const expected = "Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.";
      throw refuse(
        `Invalid '${path}.name': string does not match pattern. ${expected}`,
        `${path}.name`,
        "invalid_value",
      );
    }
    if (tool.strict === true) {
      const fault = strictFault(tool.parameters);
      const param = `${path}.parameters`;
      if (fault !== null)
        throw refuse(`Invalid schema for function '${name}': ${fault}`, param, "invalid_function_parameters");
    }
  }
  const choice = body.tool_choice;
  const tools = objectsOf(body.tools);
  if (choice !== undefined && choice !== null && choice !== "none" && tools.length === 0 && choice !== "auto") {
    throw refuse(
      "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.",
      "tool_choice",
      null,
    );
  }
  const named = objectOf(choice);
  if (named.type !== "function") return;
  const wanted = objectOf(named.function).name ?? named.name;
  if (!functions.some(({ tool }) => tool.name === wanted)) {
    throw refuse(`Tool choice '${String(wanted)}' not found in 'tools' parameter.`, "tool_choice", null);
  }
}

/** The rules of a strict output schema. @throws {VendorError} */
export function checkOutputSchema(format: JsonObject, param: string): void {
  if (format.strict !== true) return;
  const fault = strictFault(format.schema);
  if (fault === null) return;
  throw refuse(`Invalid schema for response_format '${String(format.name)}': ${fault}`, param, "invalid_json_schema");
}

/** JSON mode needs the word in the prompt. @throws {VendorError} */
export function checkJsonWord(messages: JsonValue | undefined, param: string): void {
  if (/json/i.test(JSON.stringify(messages ?? ""))) return;
  throw refuse(
    `'${param}' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.`,
    param,
    null,
  );
}

/** What is wrong with a schema under `strict`, or `null`. @see letta-ai/letta#3137, ash-project/ash_ai#155 (the words) */
function strictFault(schema: JsonValue | undefined, path: readonly string[] = []): string | null {
  if (!isJsonObject(schema)) return null;
  const context = `In context=(${path.map((step) => `'${step}'`).join(", ")})`;
  if (path.length === 0 && schema.type !== "object") {
    return `schema must be a JSON Schema of 'type: "object"', got 'type: "${String(schema.type ?? "None")}"'.`;
  }
  if (schema.type === "object" || schema.properties !== undefined) {
    if (schema.additionalProperties !== false) {
      return `${context}, 'additionalProperties' is required to be supplied and to be false.`;
    }
    const required = Array.isArray(schema.required) ? schema.required : [];
    const left = Object.keys(objectOf(schema.properties)).find((name) => !required.includes(name));
    if (left !== undefined) {
      return `${context}, 'required' is required to be supplied and to be an array including every key in properties. Missing '${left}'.`;
    }
  }
  for (const [key, nested] of subschemas(schema)) {
    const fault = strictFault(nested, [...path, ...key]);
    if (fault !== null) return fault;
  }
  return null;
}

function* subschemas(schema: JsonObject): Generator<[string[], JsonValue | undefined]> {
  for (const group of ["properties", "$defs", "definitions"]) {
    for (const [name, nested] of Object.entries(objectOf(schema[group]))) yield [[group, name], nested];
  }
  if (schema.items !== undefined) yield [["items"], schema.items];
  for (const [index, nested] of objectsOf(schema.anyOf).entries()) yield [["anyOf", String(index)], nested];
}
