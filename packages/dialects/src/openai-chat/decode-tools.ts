import type { FunctionTool, JsonObject, JsonValue, Tool, ToolChoice } from "@gw/core/types";
import { readArray, readBoolean, readObject, readString, required, wrongType } from "../read-json.ts";
import { decodeCacheControl } from "./decode-content.ts";
import { dialectId } from "./dialect-id.ts";
import { keepOptions, unknownFields } from "./part-options.ts";

const toolFields = new Set(["type", "function", "cache_control"]);
const functionFields = new Set(["name", "description", "parameters", "strict"]);

/** The tools of a request, those of the deprecated `functions` among them. */
export function decodeTools(body: JsonObject): { readonly tools?: readonly Tool[] } {
  const tools = readArray(body.tools, "tools");
  const functions = readArray(body.functions, "functions");
  if (tools === undefined && functions === undefined) return {};
  return {
    tools: [
      ...(tools ?? []).map((value, index) => decodeTool(value, `tools[${index}]`)),
      ...(functions ?? []).map((value, index) => decodeFunction(value, `functions[${index}]`)),
    ],
  };
}

function decodeTool(value: JsonValue, path: string): Tool {
  const tool = required(readObject(value, path), path);
  const type = required(readString(tool.type, `${path}.type`), `${path}.type`);
  if (type !== "function") return { type: "vendor", origin: dialectId, value: tool };
  const decoded = decodeFunction(tool.function, `${path}.function`);
  // Unknown fields of the tool and of its function are kept in the tree they came in.
  const inner = unknownFields(required(readObject(tool.function, `${path}.function`), path), functionFields);
  const outer = unknownFields(tool, toolFields);
  return {
    ...decoded,
    ...decodeCacheControl(tool.cache_control, `${path}.cache_control`),
    ...keepOptions(Object.keys(inner).length === 0 ? outer : { ...outer, function: inner }),
  };
}

function decodeFunction(value: JsonValue | undefined, path: string): FunctionTool {
  const definition = required(readObject(value, path), path);
  const description = readString(definition.description, `${path}.description`);
  const parameters = readObject(definition.parameters, `${path}.parameters`);
  const strict = readBoolean(definition.strict, `${path}.strict`);
  return {
    type: "function",
    name: required(readString(definition.name, `${path}.name`), `${path}.name`),
    ...(description !== undefined && { description }),
    ...(parameters !== undefined && { parameters }),
    ...(strict !== undefined && { strict }),
  };
}

/** `tool_choice`, or the deprecated `function_call`. A choice of a kind only this format has is left to the caller of this. */
export function decodeToolChoice(body: JsonObject): { readonly toolChoice?: ToolChoice } {
  const [field, choice] =
    body.tool_choice === undefined || body.tool_choice === null
      ? (["function_call", body.function_call] as const)
      : (["tool_choice", body.tool_choice] as const);
  if (choice === undefined || choice === null) return {};
  if (typeof choice === "string") {
    if (choice === "auto" || choice === "none" || choice === "required") return { toolChoice: { type: choice } };
    throw wrongType(field, "one of auto, none, required");
  }
  const object = required(readObject(choice, field), field);
  if (field === "tool_choice" && object.type !== "function") return {};
  const target = field === "tool_choice" ? readObject(object.function, "tool_choice.function") : object;
  const path = field === "tool_choice" ? "tool_choice.function.name" : "function_call.name";
  return { toolChoice: { type: "tool", name: required(readString(required(target, path).name, path), path) } };
}
