import type { Candidate } from "./candidates.ts";
import type { TargetSpeeds } from "./target-speeds.ts";

/** The least first; what is not known (`null`) comes last, and among equals their order holds. */
export function leastFirst<Item>(items: readonly Item[], measure: (item: Item) => number | null): Item[] {
  const cost = (item: Item): number => measure(item) ?? Number.POSITIVE_INFINITY;
  return items.toSorted((one, other) => {
    const [left, right] = [cost(one), cost(other)];
    return left === right ? 0 : left - right;
  });
}

/** Those of which something holds before the others. */
export function preferring<Item>(items: readonly Item[], holds: (item: Item) => boolean): readonly Item[] {
  return items.every(holds) ? items : [...items.filter(holds), ...items.filter((item) => !holds(item))];
}

/** Cheapest first, by the blend of `blendedUsdPerMillion`. */
export function cheapestFirst(candidates: readonly Candidate[]): Candidate[] {
  return leastFirst(candidates, (candidate) => candidate.blendedUsdPerMillion);
}

const triedAnyway = 1 / 20;

/**
 * Fastest first. One call in 20 tries another one first, whoever was never measured before the rest, so that all become known
 * and none is judged for ever by how it was once.
 */
export function fastestFirst(
  candidates: readonly Candidate[],
  by: "latency" | "throughput",
  speeds: TargetSpeeds,
  random: () => number,
): Candidate[] {
  const measure = ({ circuit }: Candidate): number | null => {
    if (by === "latency") return speeds.firstContentMs(circuit);
    const perSecond = speeds.outputTokensPerSecond(circuit);
    return perSecond === null ? null : -perSecond;
  };
  const sorted = leastFirst(candidates, measure);
  if (sorted.length < 2 || random() >= triedAnyway) return sorted;
  const others = sorted.slice(1);
  const unmeasured = others.filter((candidate) => measure(candidate) === null);
  const pool = unmeasured.length > 0 ? unmeasured : others;
  const tried = pool[Math.floor(random() * pool.length)];
  return preferring(sorted, (candidate) => candidate === tried) as Candidate[];
}
