import { GatewayError, isJsonObject, type JsonObject, type JsonValue } from "@gw/core";
import { setField } from "./wire-fields.ts";

// No argument list of a model is longer; a path with a large index must not make us allocate it.
const maxItems = 10_000;

/**
 * Puts together arguments that come in pieces, each a scalar with its JSON path: `$.items[0].name`. A text may come in several
 * pieces, all but the last marked `willContinue`.
 *
 * @see PartialArg in @google/genai 3.1.0; recorded 2026
 */
export class PartialArguments {
  #value: JsonValue = {};
  /** The path of the text that goes on. */
  #growing: string | null = null;

  /** Arguments that came whole. */
  set(value: JsonValue): void {
    this.#value = value;
  }

  get value(): JsonValue {
    return this.#value;
  }

  /** @throws {GatewayError} `reply_malformed` for a path that cannot be followed */
  add(piece: JsonValue): void {
    if (!isJsonObject(piece) || typeof piece.jsonPath !== "string") throw malformed();
    const steps = readPath(piece.jsonPath);
    const last = steps.pop();
    const value = scalar(piece);
    if (last === undefined || value === undefined) return;
    let parent = this.#value;
    steps.forEach((step, position) => {
      const next = steps[position + 1] ?? last;
      parent = child(parent, step) ?? put(parent, step, typeof next === "number" ? [] : {});
    });
    const before = this.#growing === piece.jsonPath ? child(parent, last) : undefined;
    put(parent, last, typeof before === "string" && typeof value === "string" ? before + value : value);
    this.#growing = piece.willContinue === true ? piece.jsonPath : null;
  }
}

function scalar(piece: JsonObject): JsonValue | undefined {
  if ("nullValue" in piece) return null;
  return piece.stringValue ?? piece.numberValue ?? piece.boolValue;
}

function child(parent: JsonValue, step: string | number): JsonValue | undefined {
  if (typeof step === "number") return Array.isArray(parent) ? (parent[step] ?? undefined) : undefined;
  return isJsonObject(parent) && Object.hasOwn(parent, step) ? parent[step] : undefined;
}

function put(parent: JsonValue, step: string | number, value: JsonValue): JsonValue {
  if (typeof step === "number") {
    if (!Array.isArray(parent) || step >= maxItems) throw malformed();
    while (parent.length < step) parent.push(null);
    parent[step] = value;
  } else {
    if (!isJsonObject(parent)) throw malformed();
    setField(parent, step, value);
  }
  return value;
}

const pathStep = /\.([^.[\]]+)|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]/y;

/** The steps of a path of names and positions; `$` alone has none. */
function readPath(path: string): (string | number)[] {
  const steps: (string | number)[] = [];
  if (!path.startsWith("$")) throw malformed();
  pathStep.lastIndex = 1;
  while (pathStep.lastIndex < path.length) {
    const match = pathStep.exec(path);
    if (match === null) throw malformed();
    const [, name, position, ...quoted] = match;
    if (position !== undefined) steps.push(Number(position));
    else steps.push(name ?? (quoted[0] ?? quoted[1] ?? "").replace(/\\(.)/g, "$1"));
  }
  return steps;
}

function malformed(): GatewayError {
  return new GatewayError("reply_malformed", "A piece of a function call's arguments cannot be placed");
}
