import {
  type AssistantPart,
  GatewayError,
  isGatewayError,
  isJsonObject,
  type JsonValue,
  type TextResult,
} from "@gw/core";
import { decodeEnding, hasToolCalls, isOutputTool, madeUpCallId } from "./answer.ts";
import { otherFields } from "./block-fields.ts";
import { decodeAnswerBlocks } from "./decode-blocks.ts";
import { errorInBody } from "./errors.ts";
import type { AnthropicMessagesQuirks } from "./quirks.ts";

const answerFields = ["id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "usage"];

/**
 * A vendor's whole answer.
 * @throws {GatewayError} `reply_malformed`, or the vendor's error when the body is one
 */
export function decodeResult(body: JsonValue, quirks?: AnthropicMessagesQuirks): TextResult {
  const error = errorInBody(body);
  if (error !== null) throw error;
  if (!isJsonObject(body) || !Array.isArray(body.content) || typeof body.stop_reason !== "string") {
    throw new GatewayError("reply_malformed", "The vendor's message has no content or no stop_reason");
  }
  const id = typeof body.id === "string" ? body.id : null;
  const calls = decodeContent(body.content, id);
  const content = calls.map((part) => answerOf(part, quirks));
  return {
    id,
    model: typeof body.model === "string" ? body.model : null,
    content,
    ...decodeEnding(
      {
        stopReason: body.stop_reason,
        stopSequence: body.stop_sequence,
        usage: body.usage,
        rest: otherFields(body, answerFields),
      },
      { toolCalls: hasToolCalls(content), outputTool: hasToolCalls(calls) },
    ),
  };
}

function decodeContent(content: JsonValue[], id: string | null): AssistantPart[] {
  try {
    return decodeAnswerBlocks(content, "content", (position) => madeUpCallId(id, position));
  } catch (cause) {
    if (!isGatewayError(cause)) throw cause;
    throw new GatewayError("reply_malformed", `The vendor's message is not of its format: ${cause.message}`, { cause });
  }
}

function answerOf(part: AssistantPart, quirks: AnthropicMessagesQuirks | undefined): AssistantPart {
  return part.type === "tool-call" && isOutputTool(part.name, quirks) ? { type: "text", text: part.arguments } : part;
}
