import type { Endpoint, Incoming } from "./pipeline/decode.ts";

/** A request of the data plane. */
export interface HandlerRequest {
  readonly endpoint: Endpoint;
  /** Over HTTP a caller must show a key; a program that holds the gateway need not. */
  readonly origin: "http" | "in-process";
  readonly headers: Incoming["headers"];
  readonly query: URLSearchParams | null;
  readonly rest: string;
  /** Reads the body, once the caller is known. */
  readonly read: () => Promise<Uint8Array>;
  /** Aborts the upstream call: when the caller goes away, and when the gateway's own bound passes. */
  readonly abort: AbortController;
  /** Called when the call is to go on without its caller. */
  readonly detach: () => void;
}
