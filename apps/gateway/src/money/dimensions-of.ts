import type { Dimensions } from "@gw/billing";
import type { Operation } from "../operation.ts";
import type { RouteTarget } from "../routing/route-plan.ts";

/** Whose call it is, whatever answers it. */
export function callerDimensions({ principal, user, sessionId, metadata }: Operation): Dimensions {
  const tenant = principal?.tenant;
  return {
    ...(tenant !== undefined && { organisation: tenant.organisation, project: tenant.project, key: tenant.keyId }),
    ...(user !== null && { user }),
    ...(sessionId !== null && { session: sessionId }),
    ...(Object.keys(metadata).length > 0 && { metadata }),
  };
}

/** What a target is to limits and reports: the provider's name, and the catalogue's name of the model where it has one. */
export function targetDimensions({ via, model, facts }: RouteTarget): Required<Pick<Dimensions, "provider" | "model">> {
  return { provider: via.name, model: facts?.id ?? `${via.name}/${model}` };
}
