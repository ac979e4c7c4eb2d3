import type { RouteTarget } from "./route-plan.ts";

/** What breaks together: a model at a provider, as health, speeds and sessions know it. */
export function circuitOf({ via, model }: RouteTarget): string {
  return `${via.name}/${model}`;
}
