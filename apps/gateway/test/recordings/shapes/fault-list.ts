// biome-ignore lint/suspicious/noExplicitAny: JSON off the wire
export type Raw = any;

/** Gathers what is wrong with a body. */
export class FaultList {
  readonly faults: string[] = [];

  /** Notes a fault unless it `holds`. */
  expect(holds: unknown, fault: string): void {
    if (!holds) this.faults.push(fault);
  }

  /** An object with no fields but these. */
  fields(value: Raw, path: string, allowed: string): void {
    const names = new Set(allowed.split(" "));
    this.expect(isObject(value), `${path} is no object`);
    for (const name of Object.keys(value ?? {})) this.expect(names.has(name), `${path}.${name} is not known`);
  }

  /** The name of a tool or schema. */
  name(value: Raw, path: string, pattern = /^[\w-]{1,64}$/): void {
    this.expect(typeof value === "string" && pattern.test(value), `${path} is no name: ${value}`);
  }

  number(value: Raw, path: string, min: number, max: number): void {
    if (value === undefined) return;
    this.expect(
      typeof value === "number" && value >= min && value <= max,
      `${path} is not in ${min}..${max}: ${value}`,
    );
  }

  /** A JSON Schema for an object, as tools have it. */
  objectSchema(value: Raw, path: string): void {
    this.expect(isObject(value) && value.type === "object", `${path} is no schema of an object`);
  }
}

export function isObject(value: Raw): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isText(value: Raw): value is string {
  return typeof value === "string" && value !== "";
}

/** Text that parses as a JSON object. */
export function isJsonText(value: Raw): boolean {
  try {
    return isObject(JSON.parse(value));
  } catch {
    return false;
  }
}

/** An address a vendor can fetch, or the data itself. */
export function isFetchable(url: Raw): boolean {
  return typeof url === "string" && /^(?:https?:\/\/|data:[\w.+-]+\/[\w.+-]+;base64,[A-Za-z0-9+/=]+$)/.test(url);
}
