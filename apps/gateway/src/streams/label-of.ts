import type { CallInHand } from "../call-in-hand.ts";
import type { ReplyHeaders } from "../reply.ts";
import type { Principal } from "../tenant.ts";
import type { StreamLabel } from "./stream-label.ts";

/** The label of a call's answer as it begins. */
export function labelOf({ operation, idempotent, background }: CallInHand, headers: ReplyHeaders): StreamLabel {
  const { organisation, project, keyId } = (operation.principal as Principal).tenant;
  return {
    organisation,
    project,
    keyId,
    requestId: operation.requestId,
    endpoint: operation.endpoint,
    bodyHash: idempotent?.bodyHash ?? null,
    whole: false,
    headers,
    usage: null,
    errorCode: null,
    background: background?.response ?? null,
  };
}
