import type { IncomingHttpHeaders } from "node:http";
import type { JsonObject } from "@gw/core";
import type { ScriptedReply } from "./make-answer.ts";
import type { Prompt } from "./prompt.ts";
import type { Reply, WholeReply } from "./reply.ts";
import type { SandboxVendor } from "./scenario.ts";
import type { VendorError } from "./vendor-error.ts";

/** One request to a simulated endpoint. */
export interface SandboxCall {
  readonly method: string;
  /** Decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Empty for a request without a body. */
  readonly body: JsonObject;
  readonly nowMs: number;
}

/** A request that passed the vendor's checks, before it is answered. */
export interface PreparedCall {
  readonly model: string;
  /** What a scenario and a fault in the prompt look at. */
  readonly prompt: Pick<Prompt, "question" | "isLast">;
  answer(scripted: ScriptedReply | undefined): Reply;
}

/** For endpoints that no prompt goes to. */
export const noPrompt: PreparedCall["prompt"] = { question: "", isLast: false };

/** One simulated vendor. */
export interface Vendor {
  readonly name: SandboxVendor;
  /** @throws {VendorError} when the request carries no key; every key that is not empty is good. */
  authenticate(call: Pick<SandboxCall, "headers" | "query">): void;
  /** @throws {VendorError} what the vendor would answer to a request that it refuses. */
  prepare(call: SandboxCall): PreparedCall;
  errorReply(error: VendorError, nowMs: number): WholeReply;
}
