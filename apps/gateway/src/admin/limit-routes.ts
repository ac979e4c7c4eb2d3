import { limitStandings } from "@gw/billing";
import type { FastifyInstance } from "fastify";
import { type GatewayLimit, keyLimits } from "../money/gateway-limit.ts";
import { usdNumber } from "../money/usd.ts";
import type { GatewayState } from "../state.ts";

/** `/admin/v1/limits`: what is spent and held of each limit in its window of this moment, those of keys among them. */
export function limitRoutes(app: FastifyInstance, state: GatewayState): void {
  app.get("/admin/v1/limits", async () => {
    const { till, composition, keys } = state;
    const ofKeys = (await keys.list()).flatMap((key) => keyLimits(key.id, key.limits));
    const limits: readonly GatewayLimit[] = [...composition.limits, ...ofKeys];
    await till.flush();
    const standings = await Promise.all(
      limits.map(async (limit) => {
        const found = await limitStandings(till.store, [limit], till.nowMs());
        const none = { group: null, spentNanoUsd: 0n, heldNanoUsd: 0n, resetsAtMs: null };
        return (found.length === 0 ? [none] : found).map((standing) => publicStanding(limit, standing));
      }),
    );
    return { data: standings.flat() };
  });
}

function publicStanding(
  limit: GatewayLimit,
  standing: {
    readonly group: string | null;
    readonly spentNanoUsd: bigint;
    readonly heldNanoUsd: bigint;
    readonly resetsAtMs: number | null;
  },
) {
  const { group, spentNanoUsd, heldNanoUsd, resetsAtMs } = standing;
  const { groupBy } = limit;
  return {
    name: limit.name,
    scope: limit.shownScope,
    ...(groupBy !== undefined && { group: { [groupBy]: group } }),
    per: limit.per,
    limit_usd: usdNumber(limit.limitNanoUsd),
    spent_usd: usdNumber(spentNanoUsd),
    held_usd: usdNumber(heldNanoUsd),
    resets_at: resetsAtMs === null ? null : new Date(resetsAtMs).toISOString(),
  };
}
