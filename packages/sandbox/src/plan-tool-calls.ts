import type { FunctionTool, TextRequest, Tool, ToolChoice } from "@gw/core";
import type { Prompt } from "./prompt.ts";
import { schemaValue } from "./schema-value.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** A call that the simulated model decides on. */
export interface PlannedCall {
  readonly name: string;
  /** JSON text. */
  readonly arguments: string;
}

const mostCalls = 4;

/**
 * The calls of an answer; none when it should be text.
 *
 * A forced choice is always obeyed. Under `auto`, a tool is called when the conversation ends with a user message that holds
 * its name, or a word of its name of four letters or more. Every tool that fits is called once; the only one that fits is
 * called once per name or quoted text in the question when that asks for several (`both`, `each`, `and` between names, ...).
 */
export function planToolCalls(request: TextRequest, prompt: Prompt, random: SeededRandom): PlannedCall[] {
  const choice: ToolChoice = request.toolChoice ?? { type: "auto" };
  const tools = (request.tools ?? []).filter(isFunction);
  if (tools.length === 0 || choice.type === "none") return [];
  const chosen = chooseTools(tools, choice, prompt);
  const single = request.parallelToolCalls === false;
  const only = chosen.length === 1 ? chosen[0] : undefined;
  if (only !== undefined) {
    const count = single ? 1 : callsWanted(prompt);
    return Array.from({ length: count }, (_, index) => {
      const strings = count === 1 ? prompt.subjects : prompt.subjects.slice(index, index + 1);
      return plan(only, { ...prompt, subjects: strings }, random);
    });
  }
  return chosen.slice(0, single ? 1 : mostCalls).map((tool) => plan(tool, prompt, random));
}

function isFunction(tool: Tool): tool is FunctionTool {
  return tool.type === "function";
}

function chooseTools(tools: readonly FunctionTool[], choice: ToolChoice, prompt: Prompt): readonly FunctionTool[] {
  if (choice.type === "tool") return tools.filter((tool) => tool.name === choice.name);
  const fitting = prompt.isLast ? tools.filter((tool) => fits(tool.name, prompt.question)) : [];
  return fitting.length > 0 || choice.type !== "required" ? fitting : tools.slice(0, 1);
}

const verbs = new Set(
  "call create execute fetch find from function list look lookup make query read search tool update with write".split(
    " ",
  ),
);

function fits(name: string, question: string): boolean {
  const text = question.toLowerCase();
  if (text.includes(name.toLowerCase())) return true;
  const asked = new Set(text.match(/\p{L}+/gu)?.flatMap((word) => [word, word.replace(/s$/, "")]));
  const words = name
    .replaceAll(/(?<=\p{Ll})(?=\p{Lu})/gu, " ")
    .toLowerCase()
    .split(/[^\p{L}]+/u)
    .filter((word) => word.length >= 4);
  const telling = words.filter((word) => !verbs.has(word));
  return (telling.length > 0 ? telling : words).some((word) => asked.has(word) || asked.has(word.replace(/s$/, "")));
}

function callsWanted(prompt: Prompt): number {
  const several = /\b(?:both|each|every|several|parallel|twice|two|three|four)\b/i.test(prompt.question);
  const listed = prompt.subjects.length > 1 && /,| and | & |\bthen\b/.test(prompt.question);
  if (!several && !listed) return 1;
  return Math.min(mostCalls, Math.max(2, prompt.subjects.length));
}

function plan(tool: FunctionTool, prompt: Prompt, random: SeededRandom): PlannedCall {
  const hints = { strings: prompt.subjects, numbers: prompt.numbers };
  const value = tool.parameters === undefined ? {} : schemaValue(tool.parameters, random, hints);
  return { name: tool.name, arguments: JSON.stringify(value) };
}
