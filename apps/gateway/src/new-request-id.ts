import { randomUUID } from "node:crypto";

/** The id of a request that is no operation: of the control plane, or none that could be read. */
export function newRequestId(): string {
  return `req_${randomUUID().replaceAll("-", "")}`;
}
