import type { JsonObject, JsonValue, Usage } from "@gw/core";
import { anthropicMessages, gemini, openAIChat, openAIEmbeddings, openAIResponses } from "@gw/dialects";
import { decodeResult as decodeConverse } from "../../provider-bedrock/src/converse/decode-result.ts";

const observers = { chat: openAIChat, responses: openAIResponses, messages: anthropicMessages, gemini } as const;

/** A way of counting: a wire format's. */
export type UsageForm = keyof typeof observers | "embeddings" | "converse";

/** Reads a usage object as it stands in a reply of a wire format, by the code that reads it in production. */
export function readUsage(form: UsageForm, usage: JsonValue): Usage {
  switch (form) {
    case "embeddings":
      return openAIEmbeddings.decodeResult({ data: [{ embedding: [0] }], usage }).usage;
    case "converse":
      return decodeConverse({
        output: { message: { role: "assistant", content: [{ text: "x" }] } },
        stopReason: "end_turn",
        usage,
      }).usage;
    default: {
      const observer = observers[form].observer({ stream: false, hideUsage: false });
      observer.whole(reply(form, usage));
      return observer.observation().usage;
    }
  }
}

function reply(form: keyof typeof observers, usage: JsonValue): JsonObject {
  switch (form) {
    case "chat":
      return { choices: [{ index: 0, message: { role: "assistant", content: "x" }, finish_reason: "stop" }], usage };
    case "responses":
      return { id: "r", status: "completed", output: [], usage };
    case "messages":
      return { id: "m", type: "message", role: "assistant", content: [], stop_reason: "end_turn", usage };
    case "gemini":
      return { candidates: [{ content: { parts: [{ text: "x" }] }, finishReason: "STOP" }], usageMetadata: usage };
  }
}
