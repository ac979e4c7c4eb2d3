import { GatewayError, isJsonObject, type JsonObject, type JsonValue } from "@gw/core";

/**
 * Readers of a caller's body. Each gives `undefined` for an absent or `null` field and throws `invalid_request`, naming the
 * path, for a wrong type: a typo must not become a default in silence.
 */
export function readObject(value: JsonValue | undefined, path: string): JsonObject | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isJsonObject(value)) throw wrongType(path, "an object");
  return value;
}

export function readArray(value: JsonValue | undefined, path: string): JsonValue[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw wrongType(path, "an array");
  return value;
}

export function readString(value: JsonValue | undefined, path: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw wrongType(path, "a string");
  return value;
}

export function readBoolean(value: JsonValue | undefined, path: string): boolean | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "boolean") throw wrongType(path, "a boolean");
  return value;
}

export function readNumber(value: JsonValue | undefined, path: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  // JSON can say 1e999, which would be written back as null.
  if (typeof value !== "number" || !Number.isFinite(value)) throw wrongType(path, "a number");
  return value;
}

export function readInteger(value: JsonValue | undefined, path: string): number | undefined {
  const number = readNumber(value, path);
  if (number !== undefined && !Number.isSafeInteger(number)) throw wrongType(path, "an integer");
  return number;
}

/** One of a fixed set of words. */
export function readEnum<Word extends string>(
  value: JsonValue | undefined,
  path: string,
  words: readonly Word[],
): Word | undefined {
  const text = readString(value, path);
  if (text === undefined) return undefined;
  if (!(words as readonly string[]).includes(text)) throw wrongType(path, `one of ${words.join(", ")}`);
  return text as Word;
}

/** The field must be there. */
export function required<Value>(value: Value | undefined, path: string): Value {
  if (value === undefined) throw new GatewayError("invalid_request", `${path} is required`, { param: path });
  return value;
}

/** `invalid_request` for a field of the wrong type or range. */
export function wrongType(path: string, expected: string): GatewayError {
  return new GatewayError("invalid_request", `${path} must be ${expected}`, { param: path });
}
