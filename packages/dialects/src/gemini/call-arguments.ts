import { isJsonObject, type JsonObject, type JsonValue } from "@gw/core";

// Long enough that no tool has such a parameter of its own.
const unparsedField = "_unparsedArguments";

/** Arguments as the object that the format wants. */
export interface WireArguments {
  readonly args: JsonObject;
  /** False when the text was no JSON object and was wrapped instead. */
  readonly exact: boolean;
}

/** Empty text is `{}`; text that is not a JSON object becomes `{"_unparsedArguments": "<the text>"}`, so that nothing is lost. */
export function encodeArguments(text: string): WireArguments {
  if (text.trim() === "") return { args: {}, exact: true };
  const value = parseObject(text);
  return value === null ? { args: { [unparsedField]: text }, exact: false } : { args: value, exact: true };
}

/** The arguments as JSON text; the reverse of {@link encodeArguments}. Absent arguments are `"{}"`. */
export function decodeArguments(args: JsonValue | undefined): string {
  if (args === undefined || args === null) return "{}";
  if (isJsonObject(args)) {
    const text = args[unparsedField];
    if (typeof text === "string" && Object.keys(args).length === 1) return text;
  }
  return JSON.stringify(args);
}

/** The object in a JSON text, or `null` when it holds anything else. */
export function parseObject(text: string): JsonObject | null {
  if (!text.trimStart().startsWith("{")) return null;
  try {
    const value = JSON.parse(text) as JsonValue;
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}
