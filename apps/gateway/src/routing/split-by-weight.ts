import { hash } from "node:crypto";

/**
 * Orders choices by weighted rendezvous: each comes first for its share of the keys, and the rest follow as its fallbacks.
 *
 * One key always gets one order, and when a weight grows, keys move to that choice only and between no others. Choices without
 * a weight stay behind, in their order.
 *
 * @param key what stays on its side; `null` draws anew
 * @param random between 0 and 1
 */
export function splitByWeight<Choice extends { readonly model: string; readonly weight: number | null }>(
  choices: readonly Choice[],
  key: string | null,
  random: () => number,
): readonly Choice[] {
  const weighted = choices.filter(hasShare);
  if (weighted.length === 0) return choices;
  const scored = weighted.map((choice) => {
    const chance = key === null ? random() : chanceOf(`${key}\n${choice.model}`);
    return { choice, score: -Math.log(Math.max(chance, Number.MIN_VALUE)) / choice.weight };
  });
  scored.sort((one, other) => one.score - other.score);
  return [...scored.map(({ choice }) => choice), ...choices.filter((choice) => !hasShare(choice))];
}

function hasShare<Choice extends { readonly weight: number | null }>(
  choice: Choice,
): choice is Choice & { readonly weight: number } {
  return choice.weight !== null && choice.weight > 0;
}

/** A number between 0 and 1 that is the same for the same text, everywhere. */
function chanceOf(text: string): number {
  return Number.parseInt(hash("sha256", text, "hex").slice(0, 12), 16) / 2 ** 48;
}
