import type { PriceRow } from "@gw/catalog";
import { unknownUsage } from "@gw/core";
import { openAIChat } from "@gw/dialects";
import { textCall } from "../../src/endpoints/text-endpoint.ts";
import { noteTerms } from "../../src/money/note-terms.ts";
import { type Attempt, Operation } from "../../src/operation.ts";
import type { DecodedCall } from "../../src/pipeline/decode.ts";
import type { RouteTarget } from "../../src/routing/route-plan.ts";

/** A micro-USD for a token of input, 10 for one of output. */
const row: PriceRow = {
  id: "acme/one standard 00000000",
  serviceTier: "standard",
  region: null,
  validFrom: null,
  validUntil: null,
  hours: [],
  rates: { input: { nanoUsd: 1_000, per: 1 }, output: { nanoUsd: 10_000, per: 1 } },
  contextTiers: [],
  variants: [],
  sources: [],
};

/** A target with a price; a gateway's own knows more. @param tokenizer of its model */
export function pricedTarget(tokenizer: string | null = null): RouteTarget {
  const via = { name: "acme", policy: { region: null } };
  const offer = { provider: "acme", model: "one", prices: [row] };
  return { via, model: "one", patch: null, facts: { id: "acme/one", tokenizer }, offer } as unknown as RouteTarget;
}

/** A chat call for it. */
export function chatCall(fields: Readonly<Record<string, string | number>> = {}): DecodedCall {
  const body = { model: "acme/one", messages: [{ role: "user", content: "hello" }], ...fields };
  return textCall(openAIChat, Buffer.from(JSON.stringify(body)), body);
}

/** The operation of a call that has run so long. */
export function operationOf(call: DecodedCall, elapsedMs = 0): Operation {
  const operation = Object.assign(new Operation("chat"), { elapsedMs: () => elapsedMs });
  noteTerms(operation, call, Date.now());
  return operation;
}

/** An attempt at {@link pricedTarget} that has not failed. */
export function attemptOf(more: Partial<Attempt> = {}): Attempt {
  return {
    provider: "acme",
    target: pricedTarget(),
    key: null,
    model: "one",
    lane: "native",
    startedAfterMs: 0,
    waitedMs: 0,
    durationMs: null,
    firstContentMs: null,
    status: 200,
    upstreamRequestId: null,
    error: null,
    usage: null,
    ...more,
  };
}

/** A usage of 7 tokens in and 3 out. */
export const usedSome = { ...unknownUsage, inputTokens: 7, outputTokens: 3 };
