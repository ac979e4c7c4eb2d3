import { isJsonObject, type JsonObject, type JsonValue } from "@gw/core";
import { wrongType } from "../read-json.ts";

/** The format's JSON is read from protobuf: every field may be written in camelCase or snake_case. */
export interface SplitFields<Name extends string> {
  /** The named fields, whichever way they were spelled. */
  readonly known: { readonly [Key in Name]?: JsonValue };
  /** All others, exactly as they came. */
  readonly rest: JsonObject;
}

/**
 * Splits an object into the named fields and the rest.
 *
 * @param names camelCase
 */
export function splitFields<Name extends string>(object: JsonObject, names: readonly Name[]): SplitFields<Name> {
  const known: { [Key in Name]?: JsonValue } = {};
  const rest: JsonObject = {};
  for (const [key, value] of Object.entries(object)) {
    const name = camelCase(key);
    if ((names as readonly string[]).includes(name)) {
      if (value !== undefined) known[name as Name] = value;
    } else setField(rest, key, value);
  }
  return { known, rest };
}

/** A repeated field: a list, or one object alone, which real clients send and the vendor takes (recorded 2026). */
export function readList(value: JsonValue | undefined, path: string): readonly JsonValue[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  if (isJsonObject(value)) return [value];
  throw wrongType(path, "an array");
}

/** Bytes may come in the URL-safe alphabet and without padding, as protobuf's JSON mapping allows; others want plain base64. */
export function plainBase64(data: string): string {
  const standard = /[-_]/.test(data) ? data.replaceAll("-", "+").replaceAll("_", "/") : data;
  const missing = (4 - (standard.length % 4)) % 4;
  return missing === 0 ? standard : standard + "=".repeat(missing);
}

/** Sets a field whose name somebody else chose; `__proto__` stays a plain field. */
export function setField(object: JsonObject, key: string, value: JsonValue | undefined): void {
  if (key === "__proto__")
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}

function camelCase(name: string): string {
  return name.includes("_") ? name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()) : name;
}
