import type { Operation } from "../operation.ts";

/** Operations, durable, so that a restart or another replica knows what was under way. */
export interface OperationStore {
  opened(operation: Operation): void;
  closed(operation: Operation): void;
  flush(): Promise<void>;
}
