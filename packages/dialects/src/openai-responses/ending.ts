import { type FinishReason, isJsonObject, type JsonObject, type JsonValue, type TextEnding } from "@gw/core";
import { openAIResponsesId } from "./dialect-id.ts";
import { errorInside, malformed } from "./errors.ts";
import { echoedFields } from "./response-shell.ts";
import { decodeUsage } from "./usage.ts";

/** What the items of an answer say about its end, which `status` alone does not. */
export interface EndingSigns {
  /** Functions are run by the caller. */
  functionCall: boolean;
  /** A call of another kind, for which no message has come yet. */
  otherCall: boolean;
  refused: boolean;
}

/** Nothing seen yet. */
export function noSigns(): EndingSigns {
  return { functionCall: false, otherCall: false, refused: false };
}

// Calls that the caller may have to answer; all other `*_call` items are run by the vendor before the answer ends.
const callerRun = ["custom_tool_call", "computer_call", "local_shell_call", "apply_patch_call"];

/**
 * Notes in `signs` what an item says about the answer's end. A message after a call shows that the vendor answered the call
 * itself (recorded 2025: an X search as `custom_tool_call`, and then what was found).
 */
export function readSigns(item: JsonObject, signs: EndingSigns): void {
  if (item.type === "function_call") signs.functionCall = true;
  if (typeof item.type === "string" && callerRun.includes(item.type)) signs.otherCall = true;
  if (item.type !== "message") return;
  signs.otherCall = false;
  if (Array.isArray(item.content))
    signs.refused ||= item.content.some((part) => isJsonObject(part) && part.type === "refusal");
}

/**
 * How a response ended.
 *
 * @throws {GatewayError} the vendor's error of a failed response; `upstream_failed` for a cancelled one; `reply_malformed` for
 * one that has not ended.
 */
export function decodeEnding(response: JsonObject, signs: EndingSigns): TextEnding {
  const metadata = metadataOf(response);
  return {
    ...finishOf(response, signs),
    stopSequence: null,
    usage: decodeUsage(response),
    ...(Object.keys(metadata).length > 0 && { providerMetadata: { [openAIResponsesId]: metadata } }),
  };
}

/** The finish reason of a response, in neutral words and the vendor's. @throws as {@link decodeEnding} */
export function finishOf(
  response: JsonObject,
  signs: EndingSigns,
): { finishReason: FinishReason; rawFinishReason: string | null } {
  const status = response.status ?? "completed";
  switch (status) {
    case "completed":
      if (signs.functionCall || signs.otherCall) return { finishReason: "tool_calls", rawFinishReason: status };
      return { finishReason: signs.refused ? "content_filter" : "stop", rawFinishReason: status };
    case "incomplete": {
      const reason = isJsonObject(response.incomplete_details) ? response.incomplete_details.reason : undefined;
      return {
        finishReason: incompleteReasons[String(reason)] ?? "length",
        rawFinishReason: typeof reason === "string" ? reason : status,
      };
    }
    case "failed":
      throw errorInside(response);
    case "cancelled":
      throw errorInside({ error: { code: "cancelled", message: "The response was cancelled" } });
    default:
      throw malformed(`A response of status ${JSON.stringify(status)} is no answer`);
  }
}

const incompleteReasons: Readonly<Record<string, FinishReason>> = {
  max_output_tokens: "length",
  content_filter: "content_filter",
  pause: "pause",
};

const readElsewhere = [
  "id",
  "object",
  "status",
  "model",
  "output",
  "output_text",
  "usage",
  "error",
  "incomplete_details",
];

/** Fields that are neither read into the neutral result nor an echo of the request. */
function metadataOf(response: JsonObject): Record<string, JsonValue> {
  const metadata: Record<string, JsonValue> = {};
  for (const [key, value] of Object.entries(response)) {
    if (value === null || value === undefined || readElsewhere.includes(key) || key in echoedFields) continue;
    metadata[key] = value;
  }
  return metadata;
}
