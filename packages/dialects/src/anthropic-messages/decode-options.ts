import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type ReasoningOptions,
  type ResponseFormat,
  type TextRequest,
  type Tool,
} from "@gw/core";
import { readArray, readBoolean, readEnum, readInteger, readObject, readString, required } from "../read-json.ts";
import { otherFields, readBlock, readCarried } from "./block-fields.ts";
import { dialectId } from "./dialect-id.ts";
import { effortLevels } from "./quirks.ts";

/** The tools of a caller. Those of a kind that the vendor defines are kept whole for a target of the same dialect. */
export function decodeTools(value: JsonValue | undefined): Tool[] | undefined {
  return readArray(value, "tools")?.map((item, index) => {
    const path = `tools.${index}`;
    const tool = required(readObject(item, path), path);
    const type = readString(tool.type, `${path}.type`);
    if (type !== undefined && type !== "custom") return { type: "vendor", origin: dialectId, value: tool };
    const description = readString(tool.description, `${path}.description`);
    const parameters = readObject(tool.input_schema, `${path}.input_schema`);
    const strict = readBoolean(tool.strict, `${path}.strict`);
    return {
      type: "function",
      name: required(readString(tool.name, `${path}.name`), `${path}.name`),
      ...(description !== undefined && { description }),
      ...(parameters !== undefined && { parameters }),
      ...(strict !== undefined && { strict }),
      ...readCarried(tool, ["name", "description", "input_schema", "strict"], path),
    };
  });
}

/** What a caller's `tool_choice` says, and the fields of it that only this dialect knows. */
export function decodeToolChoice(value: JsonValue | undefined): {
  readonly options: Pick<TextRequest, "toolChoice" | "parallelToolCalls">;
  readonly other: JsonObject;
} {
  const object = readObject(value, "tool_choice");
  if (object === undefined) return { options: {}, other: {} };
  const choice = readBlock(object, "tool_choice");
  const single = readBoolean(choice.disable_parallel_tool_use, "tool_choice.disable_parallel_tool_use");
  const parallel = single === undefined ? {} : { parallelToolCalls: !single };
  const other = otherFields(choice, ["type", "name", "disable_parallel_tool_use"]);
  switch (choice.type) {
    case "auto":
    case "none":
      return { options: { toolChoice: { type: choice.type }, ...parallel }, other };
    case "any":
      return { options: { toolChoice: { type: "required" }, ...parallel }, other };
    case "tool": {
      const name = required(readString(choice.name, "tool_choice.name"), "tool_choice.name");
      return { options: { toolChoice: { type: "tool", name }, ...parallel }, other };
    }
    default:
      return { options: {}, other: object };
  }
}

/** How much a caller wants thought, from `thinking` and `output_config.effort`; and the fields of both that are not known. */
export function decodeReasoning(
  thinkingValue: JsonValue | undefined,
  outputConfigValue: JsonValue | undefined,
): {
  readonly options: ReasoningOptions | undefined;
  readonly otherThinking: JsonObject;
  readonly otherOutputConfig: JsonObject;
} {
  const thinking = readObject(thinkingValue, "thinking");
  const outputConfig = readObject(outputConfigValue, "output_config") ?? {};
  const effort = readEnum(outputConfig.effort, "output_config.effort", effortLevels);
  const budgetTokens = thinking === undefined ? undefined : decodeBudget(thinking);
  const known = budgetTokens !== undefined;
  const display = known ? thinking?.display : undefined;
  const shown = display === "summarized" || display === "omitted" ? display === "summarized" : undefined;
  const options = {
    ...(effort !== undefined && { effort }),
    ...(budgetTokens !== undefined && { budgetTokens }),
    ...(shown !== undefined && { includeText: shown }),
  };
  return {
    options: Object.keys(options).length === 0 ? undefined : options,
    otherThinking: otherFields(
      thinking ?? {},
      known ? ["type", "budget_tokens", ...(shown === undefined ? [] : ["display"])] : [],
    ),
    otherOutputConfig: otherFields(outputConfig, ["effort", ...(isJsonSchema(outputConfig.format) ? ["format"] : [])]),
  };
}

function decodeBudget(thinking: JsonObject): number | "dynamic" | undefined {
  switch (readBlock(thinking, "thinking").type) {
    case "enabled":
      return required(readInteger(thinking.budget_tokens, "thinking.budget_tokens"), "thinking.budget_tokens");
    case "adaptive":
      return "dynamic";
    case "disabled":
      return 0;
    default:
      return undefined;
  }
}

/**
 * The wanted form of the answer. `output_format` is where the first beta of it stood.
 * @see recorded 2026 under `anthropic-beta: structured-outputs-2025-11-13`
 */
export function decodeResponseFormat(
  outputConfigValue: JsonValue | undefined,
  outputFormatValue: JsonValue | undefined,
): ResponseFormat | undefined {
  const outputConfig = readObject(outputConfigValue, "output_config");
  const path = outputConfig?.format ? "output_config.format" : "output_format";
  const format = readObject(outputConfig?.format ?? outputFormatValue, path);
  if (!isJsonSchema(format)) return undefined;
  return { type: "json-schema", schema: required(readObject(format.schema, `${path}.schema`), `${path}.schema`) };
}

/** True for the one kind of output format that the neutral types know. */
export function isJsonSchema(format: JsonValue | undefined): format is JsonObject {
  return isJsonObject(format) && format.type === "json_schema";
}
