import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type ResponseFormat,
  type TextRequest,
  type Tool,
  type ToolChoice,
} from "@gw/core";
import type { NoteList } from "../note-list.ts";
import { ownOptions } from "./block-fields.ts";
import { encodeCacheControl } from "./cache-marks.ts";
import { dialectId } from "./dialect-id.ts";
import { encodeOutputSchema } from "./output-schema.ts";
import type { AnthropicMessagesQuirks } from "./quirks.ts";

/** The tool that stands for a JSON schema where the model knows no other way; its call is the answer. */
export const structuredOutputTool = "gw_structured_output";

/** What became of a response format. */
export interface OutputPlan {
  /** `output_config.format`. */
  readonly format?: JsonObject;
  /** A tool whose input is the answer. */
  readonly tool?: JsonObject;
}

/** Says the wanted form of the answer as the model takes it. The schema's name is a label only, and is left out. */
export function planOutput(
  format: ResponseFormat | undefined,
  quirks: Required<AnthropicMessagesQuirks>,
  notes: NoteList,
): OutputPlan {
  if (format === undefined || format.type === "text") return {};
  if (format.type === "json") {
    notes.dropped("responseFormat", "JSON without a schema cannot be asked for");
    return {};
  }
  switch (quirks.structuredOutput) {
    case "none":
      notes.dropped("responseFormat", "the model has no structured output");
      return {};
    case "tool":
      notes.mapped("responseFormat", "a tool that stands for the schema");
      return {
        tool: {
          name: structuredOutputTool,
          description: format.description ?? "Give the final answer as the input of this tool.",
          input_schema: objectSchema(format.schema),
        },
      };
    case "output_config": {
      const { schema, told } = encodeOutputSchema(format.schema);
      if (told.length > 0) notes.mapped("responseFormat", `told in the description: ${told.join(", ")}`);
      if (format.description !== undefined)
        notes.dropped("responseFormat.description", "the format has no place for it");
      return { format: { type: "json_schema", schema } };
    }
  }
}

/** Tools on the wire. Those that another vendor runs are left out. */
export function encodeTools(
  tools: readonly Tool[] | undefined,
  quirks: Required<AnthropicMessagesQuirks>,
  notes: NoteList,
): JsonObject[] {
  const result: JsonObject[] = [];
  for (const tool of tools ?? []) {
    if (tool.type === "vendor") {
      if (tool.origin === dialectId) result.push({ ...tool.value });
      else notes.dropped("tools", `only ${tool.origin} has it`);
      continue;
    }
    if (tool.strict === true && !quirks.strictTools) notes.dropped("tools.strict", "the model has no strict tools");
    const compiled = tool.strict === true && quirks.strictTools;
    result.push({
      ...ownOptions(tool),
      name: tool.name,
      ...(tool.description !== undefined && { description: tool.description }),
      input_schema: compiled ? compiledSchema(tool.parameters, notes) : objectSchema(tool.parameters),
      ...(tool.strict !== undefined && quirks.strictTools && { strict: tool.strict }),
      ...(tool.cacheControl !== undefined && { cache_control: encodeCacheControl(tool.cacheControl) }),
    });
  }
  return result;
}

/** The format requires a schema, and an object at its root. */
function objectSchema(schema: JsonObject | undefined): JsonObject {
  if (schema === undefined) return { type: "object", properties: {} };
  return schema.type === undefined ? { type: "object", ...schema } : schema;
}

/** @see CherryHQ/cherry-studio#18037: "For 'integer' type, properties maximum, minimum are not supported", of a strict tool */
function compiledSchema(parameters: JsonObject | undefined, notes: NoteList): JsonObject {
  const { schema, told } = encodeOutputSchema(objectSchema(parameters));
  if (told.length > 0) notes.mapped("tools.parameters", `told in the description: ${told.join(", ")}`);
  return schema;
}

/** The `tool_choice` of a request, and whether it leaves the model no choice. */
export function encodeToolChoice(
  request: TextRequest,
  output: OutputPlan,
  tools: readonly JsonObject[],
  quirks: Required<AnthropicMessagesQuirks>,
  notes: NoteList,
): { readonly choice?: JsonObject; readonly forced: boolean } {
  if (tools.length === 0) {
    if (request.toolChoice !== undefined && request.toolChoice.type !== "none") {
      notes.dropped("toolChoice", "there are no tools");
    }
    return { forced: false };
  }
  const wanted = output.tool === undefined ? request.toolChoice : choiceWithOutput(request);
  const single = request.parallelToolCalls === false || (output.tool !== undefined && tools.length === 1);
  if (wanted === undefined) {
    return single ? { choice: { type: "auto", disable_parallel_tool_use: true }, forced: false } : { forced: false };
  }
  const forced = wanted.type === "required" || wanted.type === "tool";
  if (forced && quirks.forcedToolChoice === "never") {
    notes.mapped("toolChoice", "auto: the model cannot be forced");
    return { choice: { type: "auto", ...(single && { disable_parallel_tool_use: true }) }, forced: false };
  }
  const choice = encodeChoice(wanted);
  if (single && wanted.type !== "none") choice.disable_parallel_tool_use = true;
  return { choice, forced };
}

/** With a tool that stands for the answer, not calling any tool would be no answer. */
function choiceWithOutput(request: TextRequest): ToolChoice {
  const { toolChoice } = request;
  if (toolChoice?.type === "tool") return toolChoice;
  const mayCall = (request.tools?.length ?? 0) > 0 && toolChoice?.type !== "none";
  return mayCall ? { type: "required" } : { type: "tool", name: structuredOutputTool };
}

function encodeChoice(choice: ToolChoice): JsonObject {
  if (choice.type === "tool") return { type: "tool", name: choice.name };
  return { type: choice.type === "required" ? "any" : choice.type };
}

/** The tier, in the two words that the format has. */
export function encodeServiceTier(tier: string | undefined, notes: NoteList): string | undefined {
  switch (tier) {
    case undefined:
    case "auto":
      return tier;
    case "default":
      return "standard_only";
    default:
      notes.dropped("serviceTier", "no such tier");
      return undefined;
  }
}

/**
 * An option with the fields of it that only this dialect knows. Where nothing neutral is said of it, what is kept is sent
 * only when it is whole, of a kind that this codec does not know.
 */
export function withOwnFields(own: JsonValue | undefined, fields: JsonObject | undefined): JsonObject | undefined {
  const kept = isJsonObject(own) ? own : {};
  if (fields !== undefined) return { ...kept, ...fields };
  return kept.type === undefined ? undefined : kept;
}

/** A group of independent fields, with those of it that only this dialect knows; nothing where there are none. */
export function groupWithOwnFields(own: JsonValue | undefined, fields: JsonObject): JsonObject | undefined {
  const group = { ...(isJsonObject(own) ? own : {}), ...fields };
  return Object.keys(group).length === 0 ? undefined : group;
}
