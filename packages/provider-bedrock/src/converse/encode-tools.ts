import type { JsonObject, Message, TextRequest, Tool } from "@gw/core/types";
import type { NoteList } from "@gw/dialects";
import { cachePointAfter } from "./cache-points.ts";
import type { ConverseQuirks } from "./converse-quirks.ts";
import { dialectId } from "./dialect-id.ts";

/**
 * The `toolConfig` of a request, or `null` without tools.
 *
 * A history with calls is refused without the tools that were called, so that they are declared from it where the caller gives
 * none. No choice forbids all tools: they are left out instead, where the history allows it.
 *
 * @see vxcontrol/pentagi#196 of 2026-03-11 (undeclared calls); `ToolChoice` in @aws-sdk/client-bedrock-runtime 3.1162
 */
export function encodeToolConfig(
  request: TextRequest,
  quirks: ConverseQuirks,
  notes: NoteList,
): { tools: JsonObject[]; toolChoice?: JsonObject } | null {
  const called = calledNames(request.messages);
  const given = (request.tools ?? []).flatMap((tool) => encodeTool(tool, quirks, notes));
  if (request.toolChoice?.type === "none") {
    if (called.size === 0) return null;
    notes.dropped("toolChoice", "no tool can be forbidden while calls are in the history");
  }
  if (given.length === 0) {
    if (called.size === 0) return null;
    notes.mapped("tools", "declared as the history calls them");
    return { tools: [...called].map((name) => toolSpec({ name, inputSchema: { json: { type: "object" } } })) };
  }
  const toolChoice = encodeToolChoice(request, quirks, notes);
  if (request.parallelToolCalls === false) notes.dropped("parallelToolCalls", "the format has no word for it");
  return { tools: given, ...(toolChoice !== null && { toolChoice }) };
}

function encodeTool(tool: Tool, quirks: ConverseQuirks, notes: NoteList): JsonObject[] {
  if (tool.type === "vendor") {
    if (tool.origin === dialectId) return [tool.value];
    notes.dropped("tools", `only ${tool.origin} has it`);
    return [];
  }
  const { name, description, parameters, strict } = tool;
  if (strict === true && !quirks.strictTools) notes.dropped("tools.strict", "the model does not know it");
  return [
    toolSpec({
      name,
      ...(description !== undefined && description !== "" && { description }),
      inputSchema: { json: parameters ?? { type: "object", properties: {} } },
      ...(strict === true && quirks.strictTools && { strict }),
    }),
    ...cachePointAfter(tool, "tools", quirks, notes),
  ];
}

function toolSpec(spec: JsonObject): JsonObject {
  return { toolSpec: spec };
}

const strength = { auto: 0, any: 1, tool: 2 } as const;

function encodeToolChoice({ toolChoice }: TextRequest, quirks: ConverseQuirks, notes: NoteList): JsonObject | null {
  switch (toolChoice?.type) {
    case "auto":
      return { auto: {} };
    case "required":
      return chosen("any", {}, quirks, notes);
    case "tool":
      return chosen("tool", { name: toolChoice.name }, quirks, notes);
    default:
      return null;
  }
}

function chosen(choice: "any" | "tool", value: JsonObject, quirks: ConverseQuirks, notes: NoteList): JsonObject | null {
  if (strength[choice] <= strength[quirks.toolChoice]) return { [choice]: value };
  notes.dropped("toolChoice", "the model chooses by itself");
  return null;
}

function calledNames(messages: readonly Message[]): Set<string> {
  const names = new Set<string>();
  for (const message of messages) {
    if (message.role !== "assistant") continue;
    for (const part of message.content) if (part.type === "tool-call") names.add(part.name);
  }
  return names;
}
