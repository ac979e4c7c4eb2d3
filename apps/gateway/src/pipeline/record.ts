import type { Logger } from "pino";
import type { GatewayMetrics } from "../metrics.ts";
import type { Operation } from "../operation.ts";
import type { LogStore } from "../stores/log-store.ts";
import { logRowOf } from "./log-row.ts";

/** Where a closed operation is told. */
export interface Recorders {
  readonly metrics: GatewayMetrics;
  readonly logger: Logger;
  readonly logs: LogStore;
}

/** Tells everybody how an operation ended. Nothing here waits: stores write behind. */
export function record(operation: Operation, recorders: Recorders): void {
  const row = logRowOf(operation);
  recorders.metrics.observe(operation);
  recorders.logs.append(row);
  const level = operation.error === null || operation.error.httpStatus < 500 ? "info" : "warn";
  const { request_id, key_id, endpoint, model, provider, lane, http_status, error_code, duration_ms } = row;
  recorders.logger[level](
    { request_id, key_id, endpoint, model, provider, lane, http_status, error_code, duration_ms },
    "request",
  );
}
