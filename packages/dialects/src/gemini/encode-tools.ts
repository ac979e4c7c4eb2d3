import type { FunctionTool, JsonObject, TextRequest, Tool, ToolChoice } from "@gw/core/types";
import type { NoteList } from "../note-list.ts";
import { withOwnOptions } from "./media-part.ts";
import type { GeminiQuirks } from "./quirks.ts";
import { encodeSchema } from "./schema-field.ts";

/** Writes `tools`: all functions in one entry, then this vendor's own tools as they came. */
export function encodeTools(tools: readonly Tool[], quirks: GeminiQuirks, notes: NoteList): JsonObject[] {
  const functions: JsonObject[] = [];
  const own: JsonObject[] = [];
  for (const tool of tools) {
    if (tool.type === "function") functions.push(encodeFunction(tool, quirks, notes));
    else if (tool.origin === "gemini") own.push(tool.value);
    else notes.dropped("tools", `only ${tool.origin} has this tool`);
  }
  return [...(functions.length > 0 ? [{ functionDeclarations: functions }] : []), ...own];
}

function encodeFunction(tool: FunctionTool, quirks: GeminiQuirks, notes: NoteList): JsonObject {
  if (tool.strict === true) notes.dropped("tools.strict", "arguments are not checked against the schema");
  if (tool.cacheControl !== undefined) notes.dropped("cacheControl", "prefixes are cached without marks");
  const field = quirks.schemaField === "openapi" ? "parameters" : "parametersJsonSchema";
  return withOwnOptions(
    {
      name: tool.name,
      ...(tool.description !== undefined && { description: tool.description }),
      ...(tool.parameters !== undefined && { [field]: encodeSchema(tool.parameters, "tools", quirks, notes) }),
    },
    tool.providerOptions,
  );
}

const modes = { auto: "AUTO", none: "NONE", required: "ANY", tool: "ANY" } as const;

/** Writes `toolConfig`. A configuration of this dialect's own says more than the neutral choice, and goes in its place. */
export function encodeToolConfig(
  choice: ToolChoice | undefined,
  own: TextRequest["providerOptions"],
): JsonObject | undefined {
  if (own?.gemini?.toolConfig !== undefined || choice === undefined) return undefined;
  const names = choice.type === "tool" && { allowedFunctionNames: [choice.name] };
  return { functionCallingConfig: { mode: modes[choice.type], ...names } };
}
