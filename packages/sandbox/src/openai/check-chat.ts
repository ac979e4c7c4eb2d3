import type { JsonObject } from "@gw/core";
import { listOf, objectOf, objectsOf } from "../json-list.ts";
import {
  checkJsonWord,
  checkOutputSchema,
  checkRange,
  checkServiceTier,
  checkTools,
  isReasoningModel,
} from "./check-shared.ts";
import { missing, refuse } from "./refuse.ts";

const roles = ["system", "assistant", "user", "function", "tool", "developer"];

/**
 * What OpenAI's chat endpoint refuses. Words of empty messages, `max_tokens` and missing parameters are recorded (2026); the
 * others are as users quote them, not recorded.
 *
 * @throws {VendorError}
 */
export function checkChat(body: JsonObject): void {
  if (typeof body.model !== "string" || body.model === "")
    throw refuse("you must provide a model parameter", null, null);
  if (!Array.isArray(body.messages)) throw missing("messages");
  if (body.messages.length === 0) {
    const expected = "Expected an array with minimum length 1, but got an empty array instead.";
    throw refuse(`Invalid 'messages': empty array. ${expected}`, "messages", "empty_array");
  }
  checkLimits(body, body.model);
  checkServiceTier(body);
  checkMessages(objectsOf(body.messages));
  const functions = objectsOf(body.tools).flatMap((tool, index) =>
    tool.type === "function" ? { path: `tools[${index}].function`, tool: objectOf(tool.function) } : [],
  );
  checkTools(functions, body);
  const format = objectOf(body.response_format);
  if (format.type === "json_schema") checkOutputSchema(objectOf(format.json_schema), "response_format");
  if (format.type === "json_object") checkJsonWord(body.messages, "messages");
}

function checkLimits(body: JsonObject, model: string): void {
  const old = body.max_tokens ?? undefined;
  if (old !== undefined && (body.max_completion_tokens ?? undefined) !== undefined) {
    const message = "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.";
    throw refuse(message, "max_tokens", "invalid_parameter_combination");
  }
  if (old !== undefined && isReasoningModel(model)) {
    const message =
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
    throw refuse(message, "max_tokens", "unsupported_parameter");
  }
  for (const param of ["max_tokens", "max_completion_tokens"]) checkRange(body, param, 1, Number.POSITIVE_INFINITY);
  checkRange(body, "temperature", 0, 2);
  checkRange(body, "top_p", 0, 1);
  checkRange(body, "presence_penalty", -2, 2);
  checkRange(body, "frequency_penalty", -2, 2);
  checkRange(body, "n", 1, 128);
  const stops = listOf(body.stop).length;
  if (stops > 4) {
    const message = `Invalid 'stop': array too long. Expected an array with maximum length 4, but got an array with length ${stops} instead.`;
    throw refuse(message, "stop", "array_above_max_length");
  }
}

function checkMessages(messages: readonly JsonObject[]): void {
  let open: string[] = [];
  for (const [index, message] of messages.entries()) {
    if (typeof message.role !== "string") throw missing(`messages[${index}].role`);
    if (!roles.includes(message.role)) {
      const supported = "Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'.";
      throw refuse(`Invalid value: '${message.role}'. ${supported}`, `messages[${index}].role`, "invalid_value");
    }
    if (message.role === "tool") {
      const id = message.tool_call_id;
      if (typeof id !== "string") throw missing(`messages[${index}].tool_call_id`);
      if (!open.includes(id)) {
        const message =
          "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.";
        throw refuse(message, `messages.[${index}].role`, null);
      }
      open = open.filter((other) => other !== id);
      continue;
    }
    refuseUnanswered(open, index);
    open = objectsOf(message.tool_calls).flatMap((call) => (typeof call.id === "string" ? call.id : []));
  }
  refuseUnanswered(open, messages.length);
}

function refuseUnanswered(open: readonly string[], index: number): void {
  if (open.length === 0) return;
  throw refuse(
    `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${open.join(", ")}`,
    `messages.[${index}].role`,
    null,
  );
}
