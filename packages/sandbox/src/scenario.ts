import { isJsonObject, type JsonValue } from "@gw/core";
import { type Fault, parseFault } from "./fault.ts";
import type { ScriptedReply } from "./make-answer.ts";

/** The vendors that the sandbox simulates. */
export type SandboxVendor = "openai" | "anthropic" | "google";

/** One rule of a scenario: what happens to the calls that it matches. The first rule that matches and is not used up counts. */
export interface ScenarioRule {
  /** All that is given must hold; without it every call matches. */
  readonly match?: {
    readonly vendor?: SandboxVendor;
    readonly model?: string;
    /** Text that the last user message holds. */
    readonly prompt?: string;
  };
  /** As in the header `gw-sandbox-fault`. */
  readonly fault?: string;
  /** In place of the sandbox's own answer. */
  readonly reply?: ScriptedReply;
  /** How many calls it is for; all when absent. */
  readonly times?: number;
}

export interface ScenarioStep {
  readonly fault: Fault | null;
  readonly reply: ScriptedReply | undefined;
}

/** The rules of one sandbox and how often each has been used. */
export class Scenario {
  readonly #rules: { readonly rule: ScenarioRule; readonly fault: Fault | null; left: number }[];

  /** @throws {VendorError} when a rule holds a fault that does not exist. */
  constructor(rules: readonly ScenarioRule[]) {
    this.#rules = rules.map((rule) => ({
      rule,
      fault: rule.fault === undefined ? null : parseFault(rule.fault),
      left: rule.times ?? Number.POSITIVE_INFINITY,
    }));
  }

  /** Takes the step for one call. */
  next(call: { readonly vendor: SandboxVendor; readonly model: string; readonly prompt: string }): ScenarioStep {
    const found = this.#rules.find(
      ({ rule: { match = {} }, left }) =>
        left > 0 &&
        (match.vendor === undefined || match.vendor === call.vendor) &&
        (match.model === undefined || match.model === call.model) &&
        (match.prompt === undefined || call.prompt.includes(match.prompt)),
    );
    if (found === undefined) return { fault: null, reply: undefined };
    found.left -= 1;
    return { fault: found.fault, reply: found.rule.reply };
  }
}

/**
 * Reads the rules of a scenario file.
 * @throws {TypeError} naming the rule that is not one.
 */
export function readScenario(value: JsonValue): ScenarioRule[] {
  if (!Array.isArray(value)) throw new TypeError("A scenario is a JSON array of rules");
  value.forEach((rule, index) => {
    const known =
      isJsonObject(rule) && Object.keys(rule).every((key) => ["match", "fault", "reply", "times"].includes(key));
    if (!known)
      throw new TypeError(`Rule ${index} of the scenario may have match, fault, reply and times, and nothing else`);
  });
  return value as unknown as ScenarioRule[];
}
