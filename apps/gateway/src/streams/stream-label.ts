import type { JsonObject } from "@gw/core/types";
import type { Principal, Tenant } from "../tenant.ts";

/** What is kept with a stream beside its events: whose it is, and what its head said. No prompt, and no key. */
export interface StreamLabel extends Tenant {
  readonly requestId: string;
  /** Name of the endpoint: in whose form failures are told. */
  readonly endpoint: string;
  /** SHA-256 of what was asked, where an `Idempotency-Key` stands for it. */
  readonly bodyHash: string | null;
  /** The kept answer is one event: a whole body, and no stream. */
  readonly whole: boolean;
  /** What its first reader got before the events; `null` until it is known. */
  readonly headers: Readonly<Record<string, string>> | null;
  /** Tokens as the log has them; `null` until the answer is over. */
  readonly usage: JsonObject | null;
  readonly errorCode: string | null;
  /** The response object until there is more of it, where the call was made in the background. */
  readonly background: JsonObject | null;
}

/** Reads what {@link JSON.stringify} made of a label. */
export function readLabel(text: string): StreamLabel {
  return JSON.parse(text) as StreamLabel;
}

/** Whether a caller may see a stream: a stream belongs to the key that made it. */
export function mayRead({ admin, tenant }: Principal, label: Tenant): boolean {
  const { organisation, project, keyId } = label;
  return admin || (tenant.organisation === organisation && tenant.project === project && tenant.keyId === keyId);
}
