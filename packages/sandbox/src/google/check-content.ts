import { isJsonObject, type JsonObject, type JsonValue } from "@gw/core";
import { listOf, objectOf, objectsOf } from "../json-list.ts";
import { isSealed } from "../seal.ts";
import { VendorError } from "../vendor-error.ts";
import { field } from "./field.ts";

/**
 * Accepted in the place of a signature for calls that another model made.
 * @see https://ai.google.dev/gemini-api/docs/thought-signatures (2026-11-20); jeremychone/rust-genai#115 of 2026-01-12
 */
const foreignCallSentinel = "skip_thought_signature_validator";

/**
 * What Google's generateContent refuses. The words about roles and temperature are recorded (2026); the others are as users
 * quote them: zed-industries/zed#44875 and #53919 (schemas), musistudio/claude-code-router#1431 (signatures).
 *
 * @param model decides whether function calls must carry their signature
 * @throws {VendorError}
 */
export function checkContent(body: JsonObject, model: string): void {
  const contents = readContents(body.contents);
  if (contents.length === 0) {
    throw refuse("* GenerateContentRequest.contents: contents is not specified");
  }
  for (const [index, content] of contents.entries()) {
    if (
      content.role !== undefined &&
      content.role !== "user" &&
      content.role !== "model" &&
      content.role !== "function"
    ) {
      throw refuse("Please use a valid role: user, model.");
    }
    if (partsOf(content).length === 0) {
      throw refuse(`* GenerateContentRequest.contents[${index}].parts: contents.parts must not be empty.`);
    }
  }
  const turns = joinTurns(contents);
  checkCalls(turns);
  checkSignatures(turns, /gemini-[3-9]/.test(model));
  checkConfig(objectOf(field(body, "generationConfig")));
  checkDeclarations(body);
}

function refuse(message: string): VendorError {
  return new VendorError(400, message);
}

// One content alone may stand without its list.
function readContents(value: JsonValue | undefined): readonly JsonObject[] {
  return isJsonObject(value) ? [value] : objectsOf(value);
}

function partsOf(content: JsonObject): readonly JsonObject[] {
  return isJsonObject(content.parts) ? [content.parts] : objectsOf(content.parts);
}

// A streamed answer may come back as one content a chunk.
function joinTurns(contents: readonly JsonObject[]): JsonObject[] {
  const turns: JsonObject[] = [];
  for (const content of contents) {
    const last = turns.at(-1);
    if (last !== undefined && last.role === "model" && content.role === "model") {
      turns[turns.length - 1] = { role: "model", parts: [...partsOf(last), ...partsOf(content)] };
    } else turns.push(content);
  }
  return turns;
}

function checkCalls(contents: readonly JsonObject[]): void {
  for (const [index, content] of contents.entries()) {
    const answers = partsOf(content).filter((part) => field(part, "functionResponse") !== undefined).length;
    const before = contents[index - 1];
    const calls = before === undefined || before.role !== "model" ? 0 : callsIn(before);
    if (answers === 0 && calls === 0) continue;
    if (answers > 0 && calls === 0) {
      throw refuse("Please ensure that function response turn comes immediately after a function call turn.");
    }
    if (answers !== calls) {
      throw refuse(
        "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.",
      );
    }
  }
  const last = contents.at(-1);
  if (last?.role === "model" && callsIn(last) > 0) {
    throw refuse("Please ensure that function call turn comes immediately before a function response turn.");
  }
}

function callsIn(content: JsonObject): number {
  return partsOf(content).filter((part) => field(part, "functionCall") !== undefined).length;
}

function checkSignatures(contents: readonly JsonObject[], required: boolean): void {
  const lastQuestion = contents.findLastIndex(
    (content) =>
      content.role !== "model" && partsOf(content).some((part) => field(part, "functionResponse") === undefined),
  );
  for (const [index, content] of contents.entries()) {
    if (content.role !== "model") continue;
    let isFirstCall = true;
    for (const part of partsOf(content)) {
      const call = field(part, "functionCall");
      const signature = field(part, "thoughtSignature");
      if (typeof signature === "string" && signature !== foreignCallSentinel) {
        const bound = isJsonObject(call) ? String(call.name) : "";
        if (!isSealed(toBase64(signature), "gemini-thought", bound)) throw refuse("Thought signature is not valid.");
      }
      if (call === undefined) continue;
      if (required && isFirstCall && signature === undefined && index > lastQuestion) {
        throw refuse("Function call is missing a thought_signature in functionCall parts.");
      }
      isFirstCall = false;
    }
  }
}

// Bytes may come back in the URL-safe alphabet.
function toBase64(text: string): string {
  return Buffer.from(text, "base64").toString("base64");
}

function checkConfig(config: JsonObject): void {
  const temperature = config.temperature;
  if (typeof temperature === "number" && (temperature < 0 || temperature > 2)) {
    throw refuse(
      `Unable to submit request because it has a temperature value of ${temperature} but the supported range is from 0 (inclusive) to 2.0001 (exclusive). Update the value and try again.`,
    );
  }
  const stops = listOf(field(config, "stopSequences")).length;
  if (stops > 5) throw refuse("* GenerateContentRequest.generation_config.stop_sequences: at most 5 are supported");
  const schema = field(config, "responseSchema");
  if (schema !== undefined) checkSubset(schema, "generation_config.response_schema");
  const wantsSchema = schema !== undefined || field(config, "responseJsonSchema") !== undefined;
  if (wantsSchema && !["application/json", "text/x.enum"].includes(String(field(config, "responseMimeType")))) {
    throw refuse("Function calling config or response schema requires response_mime_type application/json");
  }
}

function checkDeclarations(body: JsonObject): void {
  const names = new Set<string>();
  for (const [toolIndex, tool] of objectsOf(body.tools).entries()) {
    for (const [index, declaration] of objectsOf(field(tool, "functionDeclarations")).entries()) {
      const path = `tools[${toolIndex}].function_declarations[${index}]`;
      const name = String(declaration.name ?? "");
      if (!/^[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}$/.test(name)) {
        throw refuse(`* GenerateContentRequest.${path}.name: Invalid function name.`);
      }
      if (names.has(name)) throw refuse(`Duplicate function declaration found: ${name}`);
      names.add(name);
      if (declaration.parameters !== undefined) checkSubset(declaration.parameters, `${path}.parameters`);
    }
  }
}

const outsideSubset = (
  "$schema $id $ref $defs definitions additionalProperties const propertyNames patternProperties exclusiveMinimum " +
  "exclusiveMaximum multipleOf uniqueItems oneOf allOf not if then else"
).split(" ");

// `parameters` and `responseSchema` take a part of JSON Schema only; the fields named `...JsonSchema` take it whole.
function checkSubset(schema: JsonValue | undefined, path: string): void {
  if (!isJsonObject(schema)) return;
  for (const name of outsideSubset) {
    if (schema[name] === undefined) continue;
    throw refuse(`Invalid JSON payload received. Unknown name "${name}" at '${path}': Cannot find field.`);
  }
  if (Array.isArray(schema.type)) {
    throw refuse(
      `Invalid JSON payload received. Unknown name "type" at '${path}': Proto field is not repeating, cannot start list.`,
    );
  }
  if (String(schema.type).toUpperCase() === "ARRAY" && schema.items === undefined) {
    throw refuse(`* GenerateContentRequest.${path}.items: missing field.`);
  }
  for (const [name, property] of Object.entries(objectOf(schema.properties))) {
    checkSubset(property, `${path}.properties[${name}]`);
  }
  checkSubset(schema.items, `${path}.items`);
  for (const [index, branch] of listOf(field(schema, "anyOf")).entries())
    checkSubset(branch, `${path}.any_of[${index}]`);
}
