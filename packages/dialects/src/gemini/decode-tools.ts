import type { FunctionTool, JsonObject, JsonValue, TextRequest, Tool, ToolChoice } from "@gw/core/types";
import { readEnum, readObject, readString, required } from "../read-json.ts";
import { jsonSchemaFromOpenApi } from "./json-schema-from-openapi.ts";
import { ownOptions } from "./media-part.ts";
import { readList, splitFields } from "./wire-fields.ts";

/**
 * Reads `tools`: every function declaration, and each built-in tool as one of this vendor's own.
 *
 * @throws {GatewayError} `invalid_request`
 */
export function decodeTools(value: JsonValue | undefined): Tool[] {
  return readList(value, "tools").flatMap((entry, index): Tool[] => {
    const path = `tools[${index}]`;
    const { known, rest } = splitFields(required(readObject(entry, path), path), ["functionDeclarations"]);
    const functions = readList(known.functionDeclarations, `${path}.functionDeclarations`);
    return [
      ...functions.map((item, position) => decodeFunction(item, `${path}.functionDeclarations[${position}]`)),
      ...Object.entries(rest).map(
        ([name, tool]): Tool => ({ type: "vendor", origin: "gemini", value: { [name]: tool } }),
      ),
    ];
  });
}

function decodeFunction(value: JsonValue, path: string): FunctionTool {
  const { known, rest } = splitFields(required(readObject(value, path), path), [
    "name",
    "description",
    "parameters",
    "parametersJsonSchema",
  ]);
  const description = readString(known.description, `${path}.description`);
  const openApi = readObject(known.parameters, `${path}.parameters`);
  const parameters =
    readObject(known.parametersJsonSchema, `${path}.parametersJsonSchema`) ??
    (openApi === undefined ? undefined : jsonSchemaFromOpenApi(openApi));
  return {
    type: "function",
    name: required(readString(known.name, `${path}.name`), `${path}.name`),
    ...(description !== undefined && { description }),
    ...(parameters !== undefined && { parameters }),
    ...ownOptions(rest),
  };
}

const modes = ["MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED"] as const;

/**
 * Reads `toolConfig`. What no neutral choice says whole (several allowed names, a checked mode, other settings) is also kept
 * as it came.
 *
 * @throws {GatewayError} `invalid_request`
 */
export function decodeToolConfig(value: JsonValue | undefined): {
  readonly toolChoice?: ToolChoice;
  readonly toolConfig?: { toolConfig: JsonObject };
} {
  const path = "toolConfig.functionCallingConfig";
  const config = readObject(value, "toolConfig");
  if (config === undefined) return {};
  const outer = splitFields(config, ["functionCallingConfig"]);
  const calling = readObject(outer.known.functionCallingConfig, path) ?? {};
  const { known, rest } = splitFields(calling, ["mode", "allowedFunctionNames"]);
  const mode = readEnum(readString(known.mode, `${path}.mode`)?.toUpperCase(), `${path}.mode`, modes);
  const names = readList(known.allowedFunctionNames, `${path}.allowedFunctionNames`).map((name, index) =>
    required(readString(name, `${path}.allowedFunctionNames[${index}]`), `${path}.allowedFunctionNames[${index}]`),
  );
  const toolChoice = choice(mode, names);
  const whole =
    mode !== "VALIDATED" &&
    (names.length === 0 || toolChoice?.type === "tool") &&
    Object.keys(rest).length === 0 &&
    Object.keys(outer.rest).length === 0;
  return {
    ...(toolChoice !== undefined && { toolChoice }),
    ...(!whole && { toolConfig: { toolConfig: config } }),
  };
}

function choice(mode: (typeof modes)[number] | undefined, names: readonly string[]): TextRequest["toolChoice"] {
  const [name] = names;
  switch (mode) {
    case "AUTO":
    case "VALIDATED":
      return { type: "auto" };
    case "NONE":
      return { type: "none" };
    case "ANY":
      return name !== undefined && names.length === 1 ? { type: "tool", name } : { type: "required" };
  }
  return undefined;
}
