import type { Usage } from "@gw/core";
import type { AnswerCost } from "@gw/dialects";
import type { Operation } from "../operation.ts";
import { costSoFar } from "./bill-of.ts";
import { usdNumber } from "./usd.ts";

/**
 * What an answer says of its money when its usage is written: what it will be booked at, failed attempts included.
 *
 * Where the vendor did not count the output, nothing: an estimate goes by the size of the answer, which is not over yet.
 */
export function answerCost(operation: Operation, usage: Usage): AnswerCost {
  if (usage.outputTokens === null) return { costUsd: null, limitRemainingUsd: null };
  const cost = costSoFar(operation, usage);
  const left = operation.spending?.leftNanoUsd(cost) ?? null;
  return {
    costUsd: cost === null ? null : usdNumber(cost),
    limitRemainingUsd: left === null ? null : usdNumber(left),
  };
}
