import { GatewayError, type ProviderOptions } from "@gw/core";

/** Says what a field must be when it is something else; `null` when it is right. */
export type OptionCheck = (value: unknown) => string | null;

const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

const text: OptionCheck = (value) => (typeof value === "string" && value !== "" ? null : "a text");

const timeouts: OptionCheck = (value) => {
  const known = ["connectTimeoutMs", "firstContentTimeoutMs", "idleTimeoutMs"];
  const right =
    isRecord(value) &&
    Object.entries(value).every(
      ([name, ms]) => known.includes(name) && (ms === undefined || (Number.isFinite(ms) && (ms as number) > 0)),
    );
  return right ? null : `an object of ${known.join(", ")}, each a number of milliseconds above 0`;
};

const headers: OptionCheck = (value) => {
  const right =
    isRecord(value) &&
    Object.entries(value).every(
      ([name, content]) => headerName.test(name) && typeof content === "string" && headerValue.test(content),
    );
  return right ? null : "an object of header names and values";
};

const apiKey: OptionCheck = (value) =>
  typeof value === "string" && /^[\x21-\x7e]+$/.test(value) ? null : "a key of visible ASCII characters";

const baseUrl: OptionCheck = (value) => {
  const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : null;
  const right =
    url !== null &&
    (url.protocol === "http:" || url.protocol === "https:") &&
    url.username === "" &&
    url.password === "" &&
    url.search === "" &&
    url.hash === "";
  return right ? null : "an http or https URL without credentials, query and fragment";
};

const transport: OptionCheck = (value) =>
  isRecord(value) && typeof value.send === "function" && typeof value.close === "function" ? null : "a Transport";

const common: Readonly<Record<keyof ProviderOptions, OptionCheck>> = {
  id: text,
  apiKey,
  baseUrl,
  headers,
  timeouts,
  transport,
};

/**
 * Checks what a provider's factory was given, before anything is done with it. A value is never repeated in the message.
 *
 * @param own the vendor's own fields
 * @param required fields that must be there
 * @throws {GatewayError} `invalid_request` with the field in `param`: unknown, missing or wrong.
 */
export function checkOptions(
  options: object,
  own: Readonly<Record<string, OptionCheck>>,
  required: readonly string[],
): void {
  const given = options as Readonly<Record<string, unknown>>;
  const checks: Readonly<Record<string, OptionCheck>> = { ...common, ...own };
  for (const name of required) if (given[name] === undefined) throw invalid(name, `${name} is required`);
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (check === undefined) throw invalid(name, `${name} is not an option of this provider`);
    const expected = check(value);
    if (expected !== null) throw invalid(name, `${name} must be ${expected}`);
  }
}

/** A model id as one segment of a path, whatever characters it holds. */
export function pathSegment(model: string): string {
  // A segment of dots would be taken for a way up, encoded or not.
  if (/^\.*$/.test(model)) throw invalid("model", "The model is not a name");
  return encodeURIComponent(model);
}

function invalid(param: string, message: string): GatewayError {
  return new GatewayError("invalid_request", message, { param });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
