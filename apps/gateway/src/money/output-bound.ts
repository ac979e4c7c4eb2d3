import { isJsonObject, type JsonObject, type JsonValue } from "@gw/core";
import type { DecodedCall } from "../pipeline/decode.ts";

/** How much a request lets the model say. */
export interface OutputBound {
  /** Tokens of one answer; `null`: the request does not say. */
  readonly tokens: number | null;
  /** Answers that are asked for at once. */
  readonly answers: number;
}

const fields = ["max_tokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens"] as const;
// Formats that keep their parameters in an object of their own.
const containers = ["generationConfig", "generation_config"] as const;

/**
 * Reads the bound of a body in any of the formats. Where several are given the largest counts: a vendor may heed any of them.
 */
export function outputBoundOf(body: JsonObject): OutputBound {
  const places = placesOf(body);
  const bounds = places.flatMap((place) => fields.map((name) => countOf(place[name]))).filter((one) => one !== null);
  const answers = places
    .flatMap((place) => [place.n, place.best_of, place.candidateCount, place.candidate_count].map(countOf))
    .filter((one) => one !== null);
  return { tokens: bounds.length === 0 ? null : Math.max(...bounds), answers: Math.max(1, ...answers) };
}

/**
 * Where to set a bound in a body that has none: as its callers would.
 *
 * @param reasons whether the model is known to
 */
export function boundField(call: Pick<DecodedCall, "paramName">, reasons: boolean): readonly string[] {
  const path = call.paramName("maxOutputTokens").split(".");
  // Models that reason refuse the older name; servers that know no newer one have models that are not known to reason.
  return path[0] === "max_completion_tokens" && !reasons ? ["max_tokens"] : path;
}

/** The same body, bound to so many tokens an answer in each place that has a bound, else in `field`. */
export function withOutputBound(body: JsonObject, field: readonly string[], tokens: number): JsonObject {
  const next: Record<string, JsonValue | undefined> = { ...body };
  let found = lower(next, tokens);
  for (const container of containers) {
    const inner = body[container];
    if (!isJsonObject(inner)) continue;
    const lowered: Record<string, JsonValue | undefined> = { ...inner };
    if (lower(lowered, tokens)) found = true;
    next[container] = lowered as JsonObject;
  }
  if (!found) {
    const [outer = "max_tokens", inner] = field;
    const container = next[outer];
    next[outer] = inner === undefined ? tokens : { ...(isJsonObject(container) ? container : {}), [inner]: tokens };
  }
  return next as JsonObject;
}

/** What the request wants to be spent on thinking at least; 0 where it does not say. */
export function thinkingBudget({ thinking }: JsonObject): number {
  return isJsonObject(thinking) ? (countOf(thinking.budget_tokens) ?? 0) : 0;
}

function lower(place: Record<string, JsonValue | undefined>, tokens: number): boolean {
  let found = false;
  for (const name of fields) {
    if (place[name] === undefined || place[name] === null) continue;
    place[name] = tokens;
    found = true;
  }
  return found;
}

function placesOf(body: JsonObject): JsonObject[] {
  return [body, ...containers.map((name) => body[name]).filter(isJsonObject)];
}

/** Some servers take a number that is written as text. */
function countOf(value: JsonValue | undefined): number | null {
  const count = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  return typeof count === "number" && Number.isSafeInteger(count) && count > 0 ? count : null;
}
