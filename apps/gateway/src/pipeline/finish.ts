import type { GatewayError } from "@gw/core";
import type { HandlerContext } from "../handler-context.ts";
import type { Attempt, Operation } from "../operation.ts";
import type { TargetSpeeds } from "../routing/target-speeds.ts";
import { record } from "./record.ts";

/**
 * Closes an operation, once: settles it, records it, and learns from it. A second call changes nothing.
 *
 * @param httpStatus what the caller saw
 */
export function finish(
  operation: Operation,
  httpStatus: number,
  error: GatewayError | null,
  context: HandlerContext,
): void {
  if (!operation.close(error)) return;
  operation.httpStatus = httpStatus;
  operation.costNanoUsd = context.till.closed(operation);
  record(operation, context.recorders);
  const { lastAttempt } = operation;
  if (error === null && lastAttempt !== null) observeSpeed(operation, lastAttempt, context.composition.speeds);
}

function observeSpeed({ usage }: Operation, attempt: Attempt, speeds: TargetSpeeds): void {
  const { provider, model, firstContentMs, durationMs } = attempt;
  speeds.observe({
    circuit: `${provider}/${model}`,
    firstContentMs,
    outputTokens: usage?.outputTokens ?? null,
    durationMs,
  });
}
