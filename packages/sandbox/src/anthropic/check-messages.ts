import type { JsonObject, JsonValue } from "@gw/core";
import { objectOf, objectsOf } from "../json-list.ts";
import { isSealed } from "../seal.ts";
import { VendorError } from "../vendor-error.ts";
import { checkOptions } from "./check-options.ts";

/**
 * What Anthropic's messages endpoint refuses, in its order of tool blocks, its texts and its signatures. The words about tool
 * order, temperature and keys are recorded (2026); the others are as users quote them: lobehub/lobehub#1601 (first role),
 * anthropics/claude-code#59812 and #23440 (text), BlockRunAI/ClawRouter#17 (ids), Kilo-Org/kilocode#5219 (thinking).
 *
 * @throws {VendorError}
 */
export function checkMessages(body: JsonObject): void {
  if (body.messages === undefined) throw refuse("messages: Field required");
  if (!Array.isArray(body.messages)) throw refuse("messages: Input should be a valid list");
  const messages = objectsOf(body.messages);
  if (messages.length === 0) throw refuse("messages: at least one message is required");
  checkOptions(body);
  checkRoles(messages);
  const blocks = messages.map((message) => blocksOf(message.content));
  for (const [index, message] of messages.entries()) checkBlocks(message, blocks[index] ?? [], index);
  checkToolOrder(messages, blocks);
  checkThinkingFirst(body, messages, blocks);
}

/** Anthropic's 400. */
function refuse(message: string): VendorError {
  return new VendorError(400, message);
}

function blocksOf(content: JsonValue | undefined): readonly JsonObject[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : objectsOf(content);
}

function checkRoles(messages: readonly JsonObject[]): void {
  for (const [index, { role }] of messages.entries()) {
    if (role !== "user" && role !== "assistant" && role !== "system") {
      throw refuse(`messages.${index}.role: Input should be 'user' or 'assistant'`);
    }
  }
  if (messages.find(({ role }) => role !== "system")?.role !== "user") {
    throw refuse('messages: first message must use the "user" role');
  }
}

function checkBlocks(message: JsonObject, blocks: readonly JsonObject[], index: number): void {
  if (blocks.length === 0) throw refuse(`messages.${index}: all messages must have non-empty content`);
  for (const [at, block] of blocks.entries()) {
    const path = `messages.${index}.content.${at}`;
    if (block.type === "text") {
      if (block.text === "") throw refuse("messages: text content blocks must be non-empty");
      if (blocks.length === 1 && typeof block.text === "string" && block.text.trim() === "") {
        throw refuse("messages: text content blocks must contain non-whitespace text");
      }
    }
    if (block.type === "tool_use" && !/^[a-zA-Z0-9_-]+$/.test(String(block.id))) {
      throw refuse(`${path}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'`);
    }
    if (block.type === "image" && message.role === "assistant") {
      throw refuse(`${path}: image blocks are only permitted in user messages`);
    }
    checkSeal(block, path);
  }
}

function checkSeal(block: JsonObject, path: string): void {
  if (block.type === "thinking" && !isSealed(String(block.signature), "anthropic-thinking", String(block.thinking))) {
    throw refuse(`${path}: Invalid \`signature\` in \`thinking\` block`);
  }
  if (block.type === "redacted_thinking" && !isSealed(String(block.data), "anthropic-redacted", "")) {
    throw refuse(`${path}: Invalid \`data\` in \`redacted_thinking\` block`);
  }
}

function checkToolOrder(messages: readonly JsonObject[], blocks: readonly (readonly JsonObject[])[]): void {
  const turns = mergeTurns(messages, blocks);
  for (const [index, turn] of turns.entries()) {
    const before = turns[index - 1];
    const asked = before?.role === "assistant" ? idsOf(before.blocks, "tool_use", "id") : [];
    for (const [at, id] of idsOf(turn.blocks, "tool_result", "tool_use_id").entries()) {
      if (turn.role === "user" && asked.includes(id)) continue;
      const rule = "Each `tool_result` block must have a corresponding `tool_use` block in the previous message.";
      throw refuse(
        `messages.${turn.at}.content.${at}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${id}. ${rule}`,
      );
    }
    const uses = turn.role === "assistant" ? idsOf(turn.blocks, "tool_use", "id") : [];
    const after = turns[index + 1];
    // Answers come first in the next turn, and nothing but further calls comes after a call.
    const answered = idsOf(takeWhile(after?.blocks ?? [], "tool_result"), "tool_result", "tool_use_id");
    const firstUse = turn.blocks.findIndex((block) => block.type === "tool_use");
    const interrupted = firstUse >= 0 && turn.blocks.slice(firstUse).some((block) => block.type !== "tool_use");
    const left = interrupted ? uses : uses.filter((id) => !answered.includes(id));
    if (left.length === 0) continue;
    const rule = "Each `tool_use` block must have a corresponding `tool_result` block in the next message.";
    throw refuse(
      `messages.${turn.at}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${left.join(", ")}. ${rule}`,
    );
  }
}

interface Turn {
  readonly role: JsonValue | undefined;
  /** Index of its first message. */
  readonly at: number;
  readonly blocks: readonly JsonObject[];
}

// Messages of one role in a row count as one.
function mergeTurns(messages: readonly JsonObject[], blocks: readonly (readonly JsonObject[])[]): Turn[] {
  const turns: Turn[] = [];
  for (const [at, { role }] of messages.entries()) {
    const last = turns.at(-1);
    const own = blocks[at] ?? [];
    if (last !== undefined && last.role === role)
      turns[turns.length - 1] = { ...last, blocks: [...last.blocks, ...own] };
    else turns.push({ role, at, blocks: own });
  }
  return turns;
}

function takeWhile(blocks: readonly JsonObject[], type: string): readonly JsonObject[] {
  const end = blocks.findIndex((block) => block.type !== type);
  return end < 0 ? blocks : blocks.slice(0, end);
}

function idsOf(blocks: readonly JsonObject[], type: string, field: string): string[] {
  return blocks.flatMap((block) => (block.type === type ? String(block[field]) : []));
}

// With thinking on, the turn that called the tools has to begin with what was thought.
function checkThinkingFirst(
  body: JsonObject,
  messages: readonly JsonObject[],
  blocks: readonly (readonly JsonObject[])[],
): void {
  const lastResults = blocks.at(-1)?.some((block) => block.type === "tool_result") ?? false;
  if (objectOf(body.thinking).type !== "enabled" || !lastResults) return;
  const index = messages.findLastIndex(({ role }) => role === "assistant");
  const first = blocks[index]?.[0]?.type;
  if (first === "thinking" || first === "redacted_thinking" || first === undefined) return;
  throw refuse(
    `messages.${index}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${String(first)}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block.`,
  );
}
