import { type PriceCircumstances, priceRowFor } from "@gw/billing";
import type { PriceRow } from "@gw/catalog";
import type { JsonObject } from "@gw/core";
import type { RouteTarget } from "../routing/route-plan.ts";

/** What a request says that its price depends on. */
export interface PricedTerms {
  /** `null`: one that nobody states a price for. */
  readonly serviceTier: NonNullable<PriceCircumstances["serviceTier"]> | null;
  /** The place of processing that it asks for; `null`: none. */
  readonly region: string | null;
  /** The fields that say so: a target's own replace them one by one. */
  readonly said: JsonObject;
}

/**
 * Reads the terms of a body. Urgencies with prices of their own are `batch`, `flex` and `priority`. What costs a multiple that no row
 * states (`speed: "fast"`) has none; every other word is the standard one.
 *
 * @see https://platform.openai.com/docs/api-reference/chat/create (`service_tier`),
 * https://platform.claude.com/docs/en/build-with-claude/data-residency (`inference_geo`) (read 2026-11-29)
 */
export function pricedTerms({ service_tier, serviceTier, speed, inference_geo: place }: JsonObject): PricedTerms {
  const tier = service_tier ?? serviceTier;
  const known = tier === "priority" || tier === "flex" || tier === "batch";
  const usual = speed === "fast" ? null : "standard";
  const fields = { service_tier, serviceTier, speed, inference_geo: place };
  const said = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as JsonObject;
  return { serviceTier: known ? tier : usual, region: typeof place === "string" ? place : null, said };
}

/**
 * The row that prices a call at a target; `null` where nobody states one.
 *
 * @param atMs when the call was sent, in ms since 1970
 */
export function priceRowOf({ offer, via, patch }: RouteTarget, terms: PricedTerms, atMs: number): PriceRow | null {
  if (offer === null) return null;
  const { serviceTier, region } = patch === null ? terms : pricedTerms({ ...terms.said, ...patch });
  if (serviceTier === null) return null;
  const row = priceRowFor(offer, { atMs, serviceTier, region: region ?? via.policy.region });
  // A row without figures is there to say that it has none.
  return row === null || Object.keys(row.rates).length === 0 ? null : row;
}
