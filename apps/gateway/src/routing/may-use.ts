import type { Principal } from "../tenant.ts";
import type { Candidate } from "./candidates.ts";

/**
 * Whether a key may use a target: it names the model string that led there, the model as the catalogue calls it, the target
 * itself, or its whole provider.
 *
 * @param asked the model string, and other spellings of the same
 */
export function mayUse(
  { models }: Principal,
  asked: readonly string[],
  { target, circuit, modelId }: Candidate,
): boolean {
  if (models === null) return true;
  const provider = `${target.via.name}/*`;
  return models.some((one) => asked.includes(one) || one === circuit || one === modelId || one === provider);
}
