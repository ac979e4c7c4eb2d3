import type { JsonObject, Usage } from "@gw/core/types";
import type { AnswerCost, ReplyContext } from "./text-dialect.ts";

type CostNames = Readonly<Record<keyof AnswerCost, string>>;

const snakeCase: CostNames = { costUsd: "cost_usd", limitRemainingUsd: "limit_remaining_usd" };

/**
 * What stands in a usage beside the counts: the cost of the answer and what its limits leave, in USD, as far as they are known.
 *
 * @param context of the answer; `undefined`: nothing is known of its money
 */
export function costFields(usage: Usage, context: ReplyContext | undefined, names = snakeCase): JsonObject {
  const cost = context?.costOf?.(usage);
  if (cost === undefined) return {};
  const { costUsd, limitRemainingUsd } = cost;
  return {
    ...(costUsd !== null && { [names.costUsd]: costUsd }),
    ...(limitRemainingUsd !== null && { [names.limitRemainingUsd]: limitRemainingUsd }),
  };
}
