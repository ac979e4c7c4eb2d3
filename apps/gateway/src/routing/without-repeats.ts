import type { Candidate } from "./candidates.ts";

/** Each target once, where it comes first; one that is asked for something else (a patch) is another. */
export function withoutRepeats(candidates: readonly Candidate[]): readonly Candidate[] {
  const seen = new Set<string>();
  return candidates.filter(({ circuit, target }) => {
    if (target.patch !== null) return true;
    const repeated = seen.has(circuit);
    seen.add(circuit);
    return !repeated;
  });
}
