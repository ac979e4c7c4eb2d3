import type { TextFormat } from "./corpus.ts";
import { chatFaults } from "./shapes/chat-shape.ts";
import { geminiFaults } from "./shapes/gemini-shape.ts";
import { messagesFaults } from "./shapes/messages-shape.ts";
import { responsesFaults } from "./shapes/responses-shape.ts";

/**
 * What a strict vendor would object to in a request, by path; nothing where it would take it. Written by hand from the vendors'
 * rules (the request types of openai 7.55, @google/genai 3.1.0 and, but for sampling, @anthropic-ai/sdk 1.10; refusals as cited
 * in `packages/sandbox`), and sharing nothing with the codecs.
 *
 * @param model as the vendor knows it
 */
export function requestFaults(format: TextFormat, body: unknown, model: string): string[] {
  switch (format) {
    case "openai-chat":
      return chatFaults(body, model);
    case "openai-responses":
      return responsesFaults(body, model);
    case "anthropic-messages":
      return messagesFaults(body, model);
    case "gemini":
      return geminiFaults(body, model);
  }
}
