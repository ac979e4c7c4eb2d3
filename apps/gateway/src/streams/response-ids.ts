import type { Observation } from "@gw/core";
import { openAIResponses } from "@gw/dialects";
import type { CallInHand } from "../call-in-hand.ts";

/** What OpenAI's clients ask for a kept response by. */
export function responseIds({ operation, call }: CallInHand, observation: Observation): string[] {
  if (call.dialect !== openAIResponses.id) return [];
  const own = operation.lastAttempt?.lane === "translated" ? `resp_${operation.id}` : observation.id;
  return own === null ? [] : [own];
}
