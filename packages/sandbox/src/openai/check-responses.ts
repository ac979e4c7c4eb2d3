import type { JsonObject } from "@gw/core";
import { objectOf, objectsOf } from "../json-list.ts";
import { isSealed } from "../seal.ts";
import { checkJsonWord, checkOutputSchema, checkRange, checkServiceTier, checkTools } from "./check-shared.ts";
import { missing, refuse } from "./refuse.ts";

/**
 * What OpenAI's Responses endpoint refuses. The missing tool name and the parted reasoning item are recorded (2026); the others
 * are as users quote them, not recorded.
 *
 * @param items the conversation so far and the new input
 * @throws {VendorError}
 */
export function checkResponses(body: JsonObject, items: readonly JsonObject[]): void {
  if (typeof body.model !== "string" || body.model === "") throw missing("model");
  const given = body.input ?? body.previous_response_id ?? body.prompt ?? body.conversation ?? null;
  if (given === null) throw missing("input");
  checkRange(body, "max_output_tokens", 16, Number.POSITIVE_INFINITY);
  checkRange(body, "temperature", 0, 2);
  checkRange(body, "top_p", 0, 1);
  checkServiceTier(body);
  const functions = objectsOf(body.tools).flatMap((tool, index) =>
    tool.type === "function" ? { path: `tools[${index}]`, tool } : [],
  );
  checkTools(functions, body);
  const format = objectOf(objectOf(body.text).format);
  if (format.type === "json_schema") checkOutputSchema(format, "text.format.schema");
  if (format.type === "json_object") checkJsonWord(body.input, "input");
  checkCalls(items);
  checkReasoning(items);
}

function checkCalls(items: readonly JsonObject[]): void {
  const open = new Set<string>();
  for (const item of items) {
    const id = String(item.call_id);
    if (item.type === "function_call") open.add(id);
    if (item.type !== "function_call_output") continue;
    if (!open.delete(id))
      throw refuse(`No tool call found for function call output with call_id ${id}.`, "input", null);
  }
  for (const id of open) throw refuse(`No tool output found for function call ${id}.`, "input", null);
}

function checkReasoning(items: readonly JsonObject[]): void {
  for (const [index, item] of items.entries()) {
    if (item.type !== "reasoning") continue;
    const id = String(item.id);
    const sealed = item.encrypted_content;
    if (typeof sealed === "string" && !isSealed(sealed, "openai-reasoning", id)) {
      const message = `The encrypted content for item ${id} could not be verified.`;
      throw refuse(message, null, "invalid_encrypted_content");
    }
    const next = items[index + 1];
    const isAnswer = next?.type === "function_call" || next?.type === "reasoning" || next?.role === "assistant";
    if (isAnswer || /_call$/.test(String(next?.type))) continue;
    const message = `Item '${id}' of type 'reasoning' was provided without its required following item.`;
    throw refuse(message, "input", null);
  }
}
