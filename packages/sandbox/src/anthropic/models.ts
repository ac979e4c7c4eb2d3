import type { JsonObject } from "@gw/core";
import { wholeReply } from "../reply.ts";
import { seedOf } from "../seeded-random.ts";
import { noPrompt, type PreparedCall } from "../vendor.ts";
import { anthropicHeaders } from "./wire.ts";

const models = ["claude-opus-4-6", "claude-sonnet-5", "claude-haiku-4-5-20251001"];

/** `GET /v1/models` and `GET /v1/models/{id}`: a few, though every name is answered. */
export function prepareModels(id: string | undefined, nowMs: number): PreparedCall {
  const data = id === undefined ? models.map(entryOf) : [entryOf(id)];
  const list = { data, has_more: false, first_id: models[0] ?? null, last_id: models.at(-1) ?? null };
  const body = id === undefined ? list : data[0];
  const headers = anthropicHeaders(seedOf("models", id), null, nowMs);
  return { model: id ?? "", prompt: noPrompt, answer: () => wholeReply(headers, body) };
}

function entryOf(id: string): JsonObject {
  const yes = { supported: true };
  return {
    type: "model",
    id,
    display_name: id,
    created_at: "2026-01-01T00:00:00Z",
    max_input_tokens: 200_000,
    max_tokens: 64_000,
    capabilities: {
      batch: { supported: false },
      citations: { supported: false },
      code_execution: { supported: false },
      context_management: {
        clear_thinking_20251015: { supported: false },
        clear_tool_uses_20250919: { supported: false },
        compact_20260112: { supported: false },
        supported: false,
      },
      effort: { supported: true, low: yes, medium: yes, high: yes, xhigh: yes, max: yes },
      image_input: yes,
      pdf_input: yes,
      structured_outputs: yes,
      thinking: { supported: true, types: { adaptive: yes, enabled: yes } },
    },
  };
}
