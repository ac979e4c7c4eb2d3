import type { ReasoningOptions, TextRequest, ToolResultPart } from "@gw/core";
import { describePart, type Prompt, textOf } from "./prompt.ts";
import type { SeededRandom } from "./seeded-random.ts";

const openings = [
  "Here is what I can say about it.",
  "Let me take it step by step.",
  "Good question.",
  "This is a simulated answer, but a steady one.",
];

const sentences = [
  "The first thing to look at is {topic}.",
  "Most of it comes down to {topic} and how it is used.",
  "People often overlook {topic} at this point.",
  "A short test with {topic} shows the rest.",
  "With {topic} settled, the remaining choices are small.",
  "If {topic} changes, so does the conclusion.",
  "It helps to write down what {topic} has to do before anything else.",
  "Two cases matter here: with {topic}, and without it.",
  "Nothing about {topic} needs more than that.",
  "The same holds for anything close to {topic}.",
];

const thoughts = [
  "The question is about {topic}.",
  "I should check what {topic} means here.",
  "One reading of {topic} is the obvious one, and it fits.",
  "A second look at {topic} does not change that.",
  "What is asked for beside {topic} is small.",
  "The answer should mention {topic} and stay short.",
];

const quotedCharacters = 200;
const mostWords = 5_000;
const wordsPerSentence = 9;

/**
 * The words of an answer: what `Say exactly: ...` asks for, else the question again and some sentences about its topics;
 * after tool results, what they said.
 */
export function answerText(request: TextRequest, prompt: Prompt, random: SeededRandom): string {
  const exact = /\b(?:say|reply|respond|answer|write)\b(?: with)? exactly:?\s+(?<words>\S.*)$/is.exec(prompt.question);
  if (prompt.results.length > 0) return resultText(prompt.results, request);
  if (exact?.groups?.words !== undefined) return exact.groups.words.replace(/^(["'`])(.*)\1\.?$/s, "$2");
  const lines = [`You asked: ${quote(prompt.question)}`];
  for (const attachment of prompt.attachments) lines.push(`I received ${attachment}.`);
  lines.push(random.pick(openings));
  const wordsWanted = Number(/\b(\d{1,5})[ -]words?\b/i.exec(prompt.question)?.[1] ?? 0);
  const fewest = request.verbosity === "low" ? 1 : request.verbosity === "high" ? 6 : 3;
  const topics = topicsOf(prompt.question);
  const wanted = Math.max(fewest, Math.ceil(Math.min(wordsWanted, mostWords) / wordsPerSentence));
  for (const sentence of random.take(sentences, wanted)) lines.push(fill(sentence, topics, random));
  return lines.join(" ");
}

function resultText(results: readonly ToolResultPart[], request: TextRequest): string {
  const lines = results.map((result) => {
    const name = result.toolName ?? nameOfCall(request, result.toolCallId) ?? result.toolCallId;
    const seen = [textOf(result.content), ...result.content.flatMap((part) => describePart(part) ?? [])];
    const said = seen.filter((text) => text !== "").join(" and ") || "nothing";
    return `${name} ${result.isError === true ? "failed with" : "answered"}: ${said}`;
  });
  return `Here is what I found. ${lines.join("\n")}`;
}

function nameOfCall(request: TextRequest, id: string): string | undefined {
  for (const message of request.messages) {
    if (message.role !== "assistant") continue;
    for (const part of message.content) if (part.type === "tool-call" && part.id === id) return part.name;
  }
  return undefined;
}

const thoughtsByEffort: Readonly<Record<NonNullable<ReasoningOptions["effort"]>, number>> = {
  none: 0,
  minimal: 1,
  low: 2,
  medium: 3,
  high: 5,
  xhigh: 8,
  max: 12,
};

/** What the model thinks before it answers: more with more effort, and never more than its budget. */
export function reasoningText(options: ReasoningOptions | undefined, prompt: Prompt, random: SeededRandom): string {
  const budget = options?.budgetTokens;
  const byBudget = typeof budget === "number" ? Math.min(12, Math.floor(budget / 32)) : thoughtsByEffort.medium;
  const count = options?.effort === undefined ? byBudget : thoughtsByEffort[options.effort];
  const topics = topicsOf(prompt.question);
  return random
    .take(thoughts, count)
    .map((thought) => fill(thought, topics, random))
    .join(" ");
}

function fill(template: string, topics: readonly string[], random: SeededRandom): string {
  return template.replace("{topic}", random.pick(topics));
}

const tooCommon = new Set(
  "about after could explain please should their there these thing think those what when where which while would write words".split(
    " ",
  ),
);

function topicsOf(question: string): string[] {
  const words = question.toLowerCase().match(/\p{L}{4,24}/gu) ?? [];
  const topics = [...new Set(words.filter((word) => !tooCommon.has(word)))].slice(0, 12);
  return topics.length > 0 ? topics : ["it"];
}

function quote(question: string): string {
  const characters = [...question.replaceAll(/\s+/g, " ")];
  if (characters.length === 0) return "(nothing)";
  return characters.length > quotedCharacters
    ? `“${characters.slice(0, quotedCharacters).join("")}…”`
    : `“${characters.join("")}”`;
}
