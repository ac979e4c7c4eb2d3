import { type MemoryHealthStore, systemClock } from "@gw/failover";
import type { FastifyInstance } from "fastify";
import type { ConfiguredProvider } from "../config/configured-provider.ts";
import type { GatewayState } from "../state.ts";

/** `/admin/v1/providers`: who is configured, what each can do, and how it is doing. */
export function providerRoutes(app: FastifyInstance, state: GatewayState): void {
  app.get("/admin/v1/providers", async () => ({
    data: [...state.composition.providers.values()].map((provider) => ({
      name: provider.name,
      vendor: provider.vendor,
      sandbox: provider.sandbox,
      capabilities: provider.keys[0]?.provider.capabilities,
      models: modelsOf(provider, state.health),
      keys: keysOf(provider, state.health),
    })),
  }));
}

/** The models that were called lately. */
function modelsOf({ name }: ConfiguredProvider, { circuits }: MemoryHealthStore) {
  const nowMs = systemClock.nowMs();
  const prefix = `${name}/`;
  return [...circuits]
    .filter(([circuit]) => circuit.startsWith(prefix))
    .map(([circuit, { openUntilMs, failuresInRow, ejections, firstContentMs }]) => ({
      model: circuit.slice(prefix.length),
      breaker: openUntilMs === 0 ? "closed" : openUntilMs > nowMs ? "open" : "half-open",
      open_until: openUntilMs === 0 ? null : timeOf(openUntilMs, nowMs),
      failures_in_row: failuresInRow,
      ejections,
      first_content_ms: firstContentMs === null ? null : Math.round(firstContentMs),
    }));
}

/** Its keys by their labels, and where one rests, for which models and until when. */
function keysOf({ keys }: ConfiguredProvider, { credentials }: MemoryHealthStore) {
  const nowMs = systemClock.nowMs();
  return keys.map(({ label, weight }) => ({
    label,
    weight,
    resting: [...credentials]
      .filter(([credential, { restsUntilMs }]) => credential.startsWith(`${label}/`) && restsUntilMs > nowMs)
      .map(([credential, { restsUntilMs }]) => ({
        model: credential.slice(label.length + 1),
        until: timeOf(restsUntilMs, nowMs),
      })),
  }));
}

/** A time of the clock that health is kept by, which has a zero of its own, as others read it. */
function timeOf(clockMs: number, nowMs: number): string {
  return new Date(Date.now() + clockMs - nowMs).toISOString();
}
