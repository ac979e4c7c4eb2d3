import { expect, test } from "vitest";
import { claudeQuirks, claudeVersion } from "../../src/anthropic-messages/claude-quirks.ts";

test.each<[string, string | null]>([
  ["claude-3-haiku-20240307", "haiku 3"],
  ["claude-3-5-sonnet-20241022", "sonnet 3.05"],
  ["claude-3-7-sonnet-latest", "sonnet 3.07"],
  ["claude-sonnet-4-20250514", "sonnet 4"],
  ["claude-4-opus-20250514", "opus 4"],
  ["claude-opus-4-0", "opus 4"],
  ["claude-opus-4-1-20250805", "opus 4.01"],
  ["claude-haiku-4-5", "haiku 4.05"],
  ["claude-haiku-4-5-20251001", "haiku 4.05"],
  ["claude-opus-4.6", "opus 4.06"],
  ["claude-opus-4-10", "opus 4.1"],
  ["claude-sonnet-5", "sonnet 5"],
  ["claude-fable-5-1", "fable 5.01"],
  ["claude-mythos-preview", null],
  ["something-new", null],
  ["anthropic.claude-3-5-sonnet-20241022-v2:0", "sonnet 3.05"],
  ["us.anthropic.claude-sonnet-4-20250514-v1:0", "sonnet 4"],
  ["global.anthropic.claude-opus-4-6-v1", "opus 4.06"],
])("%s is %s", (model, expected) => {
  const read = claudeVersion(model);
  expect(read === null ? null : `${read.family} ${read.version}`).toBe(expected);
});

const bounded = (tokens: number) => ({ maxOutputTokens: tokens, defaultMaxOutputTokens: tokens });
const bySchemaTool = { structuredOutput: "tool", strictTools: false };
const adaptive = { thinking: "adaptive", assistantPrefill: false, defaultMaxOutputTokens: 64_000 };
const newest = {
  ...adaptive,
  efforts: ["low", "medium", "high", "xhigh", "max"],
  refusedParams: ["temperature", "topP", "topK"],
};

test.each<[string, object]>([
  ["claude-3-haiku-20240307", { ...bySchemaTool, ...bounded(4_096), thinking: "none" }],
  ["claude-3-5-sonnet-20241022", { ...bySchemaTool, ...bounded(8_192), thinking: "none" }],
  ["claude-3-7-sonnet-20250219", { ...bySchemaTool, ...bounded(64_000), temperatureOrTopP: false }],
  ["claude-opus-4-1", { ...bySchemaTool, ...bounded(32_000), temperatureOrTopP: true }],
  ["claude-haiku-4-5", { ...bounded(64_000), temperatureOrTopP: true }],
  ["claude-opus-4-5", { ...bounded(64_000), temperatureOrTopP: true, efforts: ["low", "medium", "high"] }],
  ["claude-opus-4-6", { ...adaptive, temperatureOrTopP: true, efforts: ["low", "medium", "high", "max"] }],
  ["claude-opus-4-7", newest],
  ["claude-sonnet-5", newest],
  ["claude-fable-5", { ...newest, forcedToolChoice: "never" }],
  ["claude-mythos-preview", { ...newest, forcedToolChoice: "never" }],
  ["claude-opus-5", { ...newest, effortsWithoutThinking: ["low", "medium", "high"] }],
  ["something-new", newest],
])("%s departs from the format by %j", (model, quirks) => {
  expect(claudeQuirks(model)).toEqual(quirks);
});
