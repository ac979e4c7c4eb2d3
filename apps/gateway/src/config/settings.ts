import type { AttemptTimeouts } from "@gw/core/types";
import { type BreakerOptions, defaultBreaker } from "@gw/failover";

/** Bounds and sizes that a gateway works with. Each has the default the documentation states. */
export interface Settings {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly maxBodyBytes: number;
  /** The whole request over all attempts: to its first content when streamed, else to its end. */
  readonly deadlineMs: number;
  /** Over all targets of a request. */
  readonly maxAttempts: number;
  /** How long running calls may go on after a request to stop. */
  readonly shutdownGraceMs: number;
  /** How long the head of a stream may wait for the first content. */
  readonly commitAfterMs: number;
  /** Between two comments on a stream on which nothing else goes out. */
  readonly heartbeatMs: number;
  /** How long a caller may take nothing of an answer that is there. */
  readonly stalledReaderMs: number;
  /** What becomes of a streamed call when nobody reads it any more. */
  readonly onDisconnect: "detach" | "cancel";
  /** How long a detached call goes on without a reader. */
  readonly disconnectGraceMs: number;
  /** How long a stream is kept after its end; 0 keeps it in memory alone, until it has been read. */
  readonly streamRetainMs: number;
  readonly breaker: BreakerOptions;
  /** Bounds of one attempt; an absent one leaves the provider's default. */
  readonly timeouts: Partial<AttemptTimeouts>;
  /** Whether `/metrics` answers without the admin key. */
  readonly metrics: "admin" | "public";
  /** How long a call waits that does not fit its limits only because of money that others hold. */
  readonly holdWaitMs: number;
  /** Whether a call that does not fit its limits is bound to as much output as does. */
  readonly fitMaxTokens: boolean;
  /** What becomes of a call to a model without a known price where a limit is in its scope. */
  readonly unpricedModels: "refuse" | "allow";
}

/** What holds where nothing is configured. */
export const defaultSettings: Settings = {
  host: "127.0.0.1",
  port: 8787,
  maxBodyBytes: 32 * 1024 * 1024,
  deadlineMs: 600_000,
  maxAttempts: 4,
  shutdownGraceMs: 30_000,
  commitAfterMs: 5_000,
  heartbeatMs: 15_000,
  stalledReaderMs: 60_000,
  onDisconnect: "detach",
  disconnectGraceMs: 300_000,
  streamRetainMs: 1_800_000,
  breaker: defaultBreaker,
  timeouts: {},
  metrics: "admin",
  holdWaitMs: 2_000,
  fitMaxTokens: true,
  unpricedModels: "refuse",
};
