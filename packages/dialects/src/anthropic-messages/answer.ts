import type { AssistantPart, TextEnding } from "@gw/core";
import type { JsonObject, JsonValue } from "@gw/core/types";
import { otherFields } from "./block-fields.ts";
import { dialectId } from "./dialect-id.ts";
import { structuredOutputTool } from "./encode-options.ts";
import { finishReasonOf } from "./finish-reason.ts";
import type { AnthropicMessagesQuirks } from "./quirks.ts";
import { decodeUsage } from "./usage.ts";

/** What the vendor said about the end of an answer, in a whole reply or gathered from a stream. */
export interface WireEnding {
  readonly stopReason: string;
  readonly stopSequence: JsonValue | undefined;
  readonly usage: JsonValue | undefined;
  /** Fields of the answer beyond those that every answer has. */
  readonly rest: JsonObject;
}

/** How the answer ended, in neutral words. */
export function decodeEnding(wire: WireEnding, traits: { toolCalls: boolean; outputTool: boolean }): TextEnding {
  const reason = finishReasonOf(wire.stopReason, traits.toolCalls);
  // The only call was the answer itself.
  const finishReason = reason === "tool_calls" && traits.outputTool && !traits.toolCalls ? "stop" : reason;
  const metadata = otherFields(wire.rest, []);
  return {
    finishReason,
    rawFinishReason: wire.stopReason,
    stopSequence: typeof wire.stopSequence === "string" ? wire.stopSequence : null,
    usage: decodeUsage(wire.usage),
    ...(Object.keys(metadata).length > 0 && { providerMetadata: { [dialectId]: metadata } }),
  };
}

/** True for the call of the tool that stands for a JSON schema: its input is the text of the answer. */
export function isOutputTool(name: unknown, quirks: AnthropicMessagesQuirks | undefined): boolean {
  return quirks?.structuredOutput === "tool" && name === structuredOutputTool;
}

/** The id of a call that came without one: the answer's own, and where the call stands in it. */
export function madeUpCallId(answerId: string | null, position: number): string {
  return `toolu_${answerId ?? "answer"}_${position}`;
}

/** Whether the answer waits for the caller to run tools. */
export function hasToolCalls(content: readonly AssistantPart[]): boolean {
  return content.some((part) => part.type === "tool-call");
}
