import type { Operation } from "../operation.ts";

/** Operations that outlive a moment, durable, so that a restart or another replica knows what was under way. */
export interface OperationStore {
  opened(operation: Operation): void;
  closed(operation: Operation): void;
  /** Marks what a gateway that died left running. @returns how many there were */
  interruptRunning(): Promise<number>;
  flush(): Promise<void>;
}
