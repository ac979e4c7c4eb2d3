import { GatewayError, type ModelRef, parseModelString } from "@gw/core";

const maxSteps = 8;

/**
 * What a model string names once its aliases are followed.
 *
 * @throws {GatewayError} `model_string_malformed`; `model_not_found` when the aliases lead in a circle.
 */
export function followAliases(text: string, aliases: ReadonlyMap<string, string>): ModelRef {
  let name = text;
  for (let step = 0; step < maxSteps; step += 1) {
    const next = aliases.get(name);
    if (next === undefined) return parseModelString(name);
    name = next;
  }
  throw new GatewayError("model_not_found", `The alias ${text} leads in a circle`, { param: "model" });
}
