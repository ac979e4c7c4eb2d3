import type { MemoryHealthStore } from "@gw/failover";
import type { HandlerContext } from "./handler-context.ts";
import type { ClientKeys } from "./keys/client-keys.ts";
import type { RunningCall } from "./running-call.ts";

/** What a running gateway is made of. The composition changes on reload; everything else stays. */
export interface GatewayState extends HandlerContext {
  composition: HandlerContext["composition"];
  readonly keys: ClientKeys;
  readonly health: MemoryHealthStore;
  readonly running: Set<RunningCall>;
  /** True from the request to stop on. */
  stopping: boolean;
}
