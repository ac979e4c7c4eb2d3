import type { JsonObject, JsonValue, TextEnding } from "@gw/core/types";
import type { ReplyContext } from "../text-dialect.ts";
import { openAIResponsesId } from "./dialect-id.ts";
import { encodeUsage } from "./usage.ts";

/**
 * Fields of a response object that repeat the request, each with the vendor's default where it has one that is the same for
 * every model (recorded 2026); `null` says that the caller gave nothing.
 */
export const echoedFields: Readonly<Record<string, JsonValue>> = {
  background: false,
  instructions: null,
  max_output_tokens: null,
  max_tool_calls: null,
  metadata: {},
  parallel_tool_calls: true,
  previous_response_id: null,
  prompt_cache_key: null,
  reasoning: { effort: null, summary: null },
  safety_identifier: null,
  store: true,
  temperature: null,
  text: { format: { type: "text" } },
  tool_choice: "auto",
  tools: [],
  top_logprobs: 0,
  top_p: null,
  truncation: "disabled",
  user: null,
};

/** A response object in the making, as `response.created` carries it. */
export function responseShell(context: ReplyContext): JsonObject {
  const shell: JsonObject = {
    id: `resp_${context.id}`,
    object: "response",
    created_at: Math.floor(context.createdAtMs / 1_000),
    status: "in_progress",
    completed_at: null,
    error: null,
    incomplete_details: null,
    model: context.model,
    output: [],
    service_tier: context.requestBody.service_tier ?? "auto",
    usage: null,
  };
  for (const [key, otherwise] of Object.entries(echoedFields)) shell[key] = context.requestBody[key] ?? otherwise;
  return shell;
}

/**
 * The finished response object, and the type of the event that carries it.
 *
 * Clients know two reasons for an incomplete answer: a full context window is told as `max_output_tokens`. A stop sequence is
 * a plain completion. `completed_at` stays `null`: a codec has no clock.
 */
export function finishedResponse(
  context: ReplyContext,
  output: JsonObject[],
  ending: TextEnding,
): { readonly event: string; readonly response: JsonObject } {
  const refused = output.some((item) => isRefusal(item));
  const { status, ...how } = statusOf(ending, refused);
  const response = {
    ...responseShell(context),
    ...ending.providerMetadata?.[openAIResponsesId],
    id: `resp_${context.id}`,
    created_at: Math.floor(context.createdAtMs / 1_000),
    status,
    ...how,
    output,
    usage: encodeUsage(ending.usage, context),
  };
  return { event: `response.${status}`, response };
}

function statusOf(ending: TextEnding, refused: boolean): JsonObject & { readonly status: string } {
  switch (ending.finishReason) {
    case "length":
    case "context_full":
      return { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } };
    case "content_filter":
      // A refusal in words is a completed answer; a filter that cut the answer is not.
      if (refused) return { status: "completed" };
      return { status: "incomplete", incomplete_details: { reason: "content_filter" } };
    case "pause":
      return { status: "incomplete", incomplete_details: { reason: "pause" } };
    case "error":
      return { status: "failed", error: { code: "server_error", message: "The model failed while it answered" } };
    default:
      return { status: "completed" };
  }
}

function isRefusal(item: JsonObject): boolean {
  if (item.type !== "message" || !Array.isArray(item.content)) return false;
  return item.content.some((part) => (part as JsonObject).type === "refusal");
}
