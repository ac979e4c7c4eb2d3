import type { JsonValue } from "@gw/core/types";
import type { HandlerContext } from "./handler-context.ts";
import type { HandlerRequest } from "./handler-request.ts";
import type { Operation } from "./operation.ts";
import type { CallOptions } from "./pipeline/admit.ts";
import type { DecodedCall, Incoming } from "./pipeline/decode.ts";
import type { BackgroundCall } from "./streams/background.ts";
import type { IdempotentCall } from "./streams/idempotent-calls.ts";

/** A call from its admission to its answer: what its steps hand on. */
export interface CallInHand {
  readonly operation: Operation;
  readonly call: DecodedCall;
  readonly incoming: Incoming;
  readonly options: CallOptions;
  readonly request: HandlerRequest;
  readonly context: HandlerContext;
  /** What the call's `Idempotency-Key` stands for; `null` without one. */
  readonly idempotent: IdempotentCall | null;
  /** `null` for a call that its caller waits for. */
  readonly background: BackgroundCall | null;
  /** What was asked, kept for calls that go on from the answer; `null` where nobody can. */
  readonly asked: readonly JsonValue[] | null;
}
