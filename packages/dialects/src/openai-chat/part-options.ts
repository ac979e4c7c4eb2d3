import type { FunctionTool, JsonObject, Part } from "@gw/core/types";
import { dialectId } from "./dialect-id.ts";

/** The fields of a part or tool that only this format knows. */
export function ownOptions(part: Part | FunctionTool): JsonObject {
  return part.providerOptions?.[dialectId] ?? {};
}

/** `providerOptions` for a part, or nothing when there are no fields to keep. */
export function keepOptions(fields: JsonObject): Pick<Part, "providerOptions"> {
  return Object.keys(fields).length === 0 ? {} : { providerOptions: { [dialectId]: fields } };
}

/** The fields of an object beside the named ones. `null` says the same as an absent field. */
export function unknownFields(object: JsonObject, known: ReadonlySet<string>): JsonObject {
  const rest: JsonObject = {};
  for (const [key, value] of Object.entries(object)) {
    if (value !== null && value !== undefined && !known.has(key)) rest[key] = value;
  }
  return rest;
}
