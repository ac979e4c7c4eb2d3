import type { AssistantPart, JsonObject, JsonValue, Part } from "@gw/core/types";

/** The name of this wire format. */
export const openAIResponsesId = "openai-responses";

/**
 * What a part keeps of this format beside its neutral fields, under {@link openAIResponsesId}.
 *
 * - of a text, refusal or opaque part: further fields of the content part (`annotations`, `logprobs`), and in `message` those
 *   of the message item around it (`id`, `phase`). An opaque part with `message` is a content part, one without is an item.
 * - of a reasoning part: `summary` and `content` as they came, when joining them to one text lost their division
 * - of a tool call or result: further fields of the item (`id`)
 * - of a tool: further fields, and `strict: null` where the caller said nothing of it
 * - of a system text: `role`, when it was `developer` or came as `instructions`
 */
export function ownOptions(part: Part | undefined): JsonObject {
  return part?.providerOptions?.[openAIResponsesId] ?? {};
}

/** The `providerOptions` of a part, or nothing where there is nothing to keep. */
export function withOwnOptions(options: JsonObject): Pick<AssistantPart, "providerOptions"> {
  return Object.keys(options).length === 0 ? {} : { providerOptions: { [openAIResponsesId]: options } };
}

/** The fields of a wire object that are not among `known`, without those that say nothing: `null` and empty lists. */
export function furtherFields(object: JsonObject, known: readonly string[]): Record<string, JsonValue> {
  const further: Record<string, JsonValue> = {};
  for (const [key, value] of Object.entries(object)) {
    if (value === null || value === undefined || known.includes(key)) continue;
    if (Array.isArray(value) && value.length === 0) continue;
    further[key] = value;
  }
  return further;
}
