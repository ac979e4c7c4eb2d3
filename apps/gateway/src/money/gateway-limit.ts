import type { DimensionName, Dimensions, Limit } from "@gw/billing";
import { GatewayError } from "@gw/core";
import type { Config } from "../config/config-schema.ts";
import { nanoUsdOf } from "./usd.ts";

/** A limit, and who is told how far it is used up. */
export interface GatewayLimit extends Limit {
  /** What it is for, as it was configured. */
  readonly shownScope: Readonly<Record<string, unknown>>;
  /** Shares of the limit, each told once a window by each gateway. */
  readonly alertAt: readonly number[];
  /** Where alerts go; `null`: nowhere. */
  readonly webhook: string | null;
}

/** The limit of one key for one kind of window. */
export interface KeyLimit {
  readonly usd: number;
  readonly per: "hour" | "day" | "week" | "month" | "total";
}

/**
 * The limits of a configuration.
 *
 * @throws {GatewayError} `invalid_request` when two have one name: they would share their accounts
 */
export function configuredLimits(config: Config): readonly GatewayLimit[] {
  const names = new Set<string>();
  return (config.limits ?? []).map((limit, index) => {
    const { name, scope = {}, each, usd, per, windowMs, timeZone, alertAt, webhook } = limit;
    if (names.has(name)) {
      throw new GatewayError("invalid_request", `limits.${index}.name: ${name} is the name of another limit`, {
        param: `limits.${index}.name`,
      });
    }
    names.add(name);
    const { metadata, ...others } = scope;
    const groupBy: DimensionName | undefined = typeof metadata === "string" ? `metadata.${metadata}` : each;
    const wanted = { ...others, ...(typeof metadata === "object" && { metadata }) } as Dimensions;
    return {
      name,
      ...(Object.keys(wanted).length > 0 && { scope: wanted }),
      ...(groupBy !== undefined && { groupBy }),
      limitNanoUsd: nanoUsdOf(usd),
      per,
      ...(windowMs !== undefined && { windowMs }),
      ...(timeZone !== undefined && { timeZone }),
      shownScope: each === undefined ? scope : { ...scope, each },
      alertAt: alertAt ?? (webhook === undefined ? [] : [0.8, 1]),
      webhook: webhook ?? null,
    };
  });
}

/** The limits of a key, which only its own calls meet. */
export function keyLimits(keyId: string, limits: readonly KeyLimit[]): readonly GatewayLimit[] {
  return limits.map(({ usd, per }) => ({
    name: `${keyId} ${per}`,
    scope: { key: keyId },
    limitNanoUsd: nanoUsdOf(usd),
    per,
    shownScope: { key: keyId },
    alertAt: [],
    webhook: null,
  }));
}

/** The limits that may be in scope of a caller's calls: those of its key, and those of the configuration. */
export function limitsInSight(
  own: readonly GatewayLimit[] | undefined,
  configured: readonly GatewayLimit[],
): readonly GatewayLimit[] {
  if (own === undefined || own.length === 0) return configured;
  return configured.length === 0 ? own : [...own, ...configured];
}
