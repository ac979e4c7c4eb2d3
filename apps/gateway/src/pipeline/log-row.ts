import type { ParamNote, Usage } from "@gw/core";
import { usdNumber } from "../money/usd.ts";
import type { Operation } from "../operation.ts";

/** One call as the log keeps it: who, what, where, how long, how it ended. No prompt, no answer, no key. */
export interface LogRow {
  readonly request_id: string;
  readonly created_at_ms: number;
  readonly organisation: string | null;
  readonly project: string | null;
  readonly key_id: string | null;
  readonly endpoint: string;
  readonly model: string | null;
  readonly provider: string | null;
  readonly provider_model: string | null;
  readonly lane: string | null;
  readonly stream: boolean;
  readonly state: string;
  readonly http_status: number | null;
  readonly error_code: string | null;
  readonly finish_reason: string | null;
  readonly duration_ms: number | null;
  readonly first_content_ms: number | null;
  readonly upstream_ms: number | null;
  readonly input_tokens: number | null;
  readonly cache_read_tokens: number | null;
  readonly cache_write_tokens: number | null;
  readonly output_tokens: number | null;
  readonly reasoning_tokens: number | null;
  /** `null` where no price is known. */
  readonly cost_usd: number | null;
  readonly session_id: string | null;
  readonly metadata: Readonly<Record<string, string | number | boolean>>;
  readonly params: readonly string[];
  readonly attempts: readonly {
    readonly provider: string;
    readonly key: string | null;
    readonly model: string;
    readonly lane: string;
    readonly started_after_ms: number;
    readonly waited_ms: number;
    readonly duration_ms: number | null;
    readonly status: number | null;
    readonly upstream_request_id: string | null;
    readonly error_code: string | null;
  }[];
}

const maxNotes = 64;
const maxNoteText = 256;

/** What is kept of an operation. */
export function logRowOf(operation: Operation): LogRow {
  const last = operation.lastAttempt;
  const tenant = operation.principal?.tenant ?? null;
  const { usage } = operation;
  return {
    request_id: operation.requestId,
    created_at_ms: operation.startedAtMs,
    organisation: tenant?.organisation ?? null,
    project: tenant?.project ?? null,
    key_id: tenant?.keyId ?? null,
    endpoint: operation.endpoint,
    model: operation.model,
    provider: last?.provider ?? null,
    provider_model: last?.model ?? null,
    lane: last?.lane ?? null,
    stream: operation.stream,
    state: operation.state,
    http_status: operation.httpStatus,
    error_code: operation.error?.code ?? null,
    finish_reason: operation.finishReason,
    duration_ms: round(operation.durationMs),
    first_content_ms: round(operation.firstContentMs),
    upstream_ms: round(operation.upstreamMs),
    ...usageRow(usage),
    cost_usd: operation.costNanoUsd === null ? null : usdNumber(operation.costNanoUsd),
    session_id: operation.sessionId,
    metadata: operation.metadata,
    params: operation.notes.slice(0, maxNotes).map(noteText),
    attempts: operation.attempts.map((attempt) => ({
      provider: attempt.provider,
      key: attempt.key,
      model: attempt.model,
      lane: attempt.lane,
      started_after_ms: round(attempt.startedAfterMs) ?? 0,
      waited_ms: round(attempt.waitedMs) ?? 0,
      duration_ms: round(attempt.durationMs),
      status: attempt.status,
      upstream_request_id: attempt.upstreamRequestId,
      error_code: attempt.error?.code ?? null,
    })),
  };
}

/** Tokens as the outside sees them; `null` where the vendor did not say. */
export function usageRow(usage: Usage | null) {
  return {
    input_tokens: usage?.inputTokens ?? null,
    cache_read_tokens: usage?.cacheReadTokens ?? null,
    cache_write_tokens: usage?.cacheWriteTokens ?? null,
    output_tokens: usage?.outputTokens ?? null,
    reasoning_tokens: usage?.reasoningTokens ?? null,
  };
}

// A caller may make up as many parameters as its body holds, and name them at length.
function noteText({ param, outcome, detail }: ParamNote): string {
  return `${param} ${outcome}: ${detail}`.slice(0, maxNoteText);
}

function round(milliseconds: number | null): number | null {
  return milliseconds === null ? null : Math.round(milliseconds * 100) / 100;
}
