import { type AttemptTimeouts, GatewayError, isJsonObject, type WireHeaders } from "@gw/core";
import { type DisconnectRule, parseDisconnectRule } from "../streams/disconnect-rule.ts";
import type { Principal } from "../tenant.ts";

/** What a caller asks of the gateway itself, beside the model. */
export interface CallOptions {
  readonly strictParams: boolean;
  readonly deadlineMs: number | null;
  /** Over all targets; `null` leaves it to the route or the configuration. */
  readonly maxAttempts: number | null;
  readonly timeouts: Partial<AttemptTimeouts>;
  readonly metadata: Readonly<Record<string, string | number | boolean>>;
  readonly sessionId: string | null;
  /** What becomes of the call when nobody reads its stream any more; `null` leaves it to the configuration. */
  readonly onDisconnect: DisconnectRule | null;
  /** How long its stream is kept; `null` leaves it to the configuration. */
  readonly retainMs: number | null;
  readonly idempotencyKey: string | null;
  /** How long it waits for money that others hold; `null` leaves it to the configuration. */
  readonly holdWaitMs: number | null;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

const maxMetadataKeys = 16;
const maxMetadataText = 512;

/**
 * Reads the `gw-*` headers of a request, and the `cf-aig-*` names that mean the same.
 *
 * What a key is bound to wins over what its caller says.
 *
 * @throws {GatewayError} `invalid_request` naming the header: a value that cannot be read is never ignored.
 */
export function admit(headers: Headers, principal: Principal, bodyMetadata?: unknown): CallOptions {
  const requestTimeoutMs = duration(headers, "gw-request-timeout-ms", "cf-aig-request-timeout");
  return {
    strictParams: flag(headers, "gw-strict-params"),
    deadlineMs: duration(headers, "gw-deadline-ms"),
    maxAttempts: count(headers, "gw-max-attempts", "cf-aig-max-attempts"),
    timeouts: requestTimeoutMs === null ? {} : { firstContentTimeoutMs: requestTimeoutMs },
    metadata: { ...callersMetadata(headers, bodyMetadata), ...principal.metadata },
    sessionId: text(headers, "gw-session-id", "x-session-id") ?? null,
    onDisconnect: disconnectRule(headers) ?? principal.onDisconnect ?? null,
    retainMs: retention(headers),
    idempotencyKey: idempotencyKey(headers),
    holdWaitMs: holdWait(headers),
  };
}

function disconnectRule(headers: Headers): DisconnectRule | null {
  const name = "gw-on-disconnect";
  const value = text(headers, name);
  if (value === undefined) return null;
  const rule = parseDisconnectRule(value);
  if (rule !== null) return rule;
  throw new GatewayError("invalid_request", `The header ${name} must be detach or cancel, with ;grace=SECONDS`, {
    param: name,
  });
}

function retention(headers: Headers): number | null {
  const name = "gw-stream-retain-s";
  const seconds = wholeNumber(text(headers, name), name, "seconds", { min: 0, max: 86_400 });
  return seconds === null ? null : seconds * 1_000;
}

function holdWait(headers: Headers): number | null {
  const name = "gw-hold-wait-ms";
  return wholeNumber(text(headers, name), name, "milliseconds", { min: 0, max: 60_000 });
}

function idempotencyKey(headers: Headers): string | null {
  const name = "idempotency-key";
  const value = text(headers, name);
  if (value === undefined) return null;
  if (value === "" || value.length > 255) {
    throw new GatewayError("invalid_request", `The header ${name} must be a text of 1 to 255 characters`, {
      param: name,
    });
  }
  return value;
}

function text(headers: Headers, ...names: string[]): string | undefined {
  for (const name of names) {
    const value = headers[name];
    if (typeof value === "string") return value;
  }
  return undefined;
}

function flag(headers: Headers, name: string): boolean {
  const value = text(headers, name);
  if (value === undefined || value === "false") return false;
  if (value === "true") return true;
  throw new GatewayError("invalid_request", `The header ${name} must be true or false`, { param: name });
}

function duration(headers: Headers, name: string, alias = name): number | null {
  return wholeNumber(text(headers, name, alias), name, "milliseconds", { min: 1, max: 86_400_000 });
}

function count(headers: Headers, name: string, alias: string): number | null {
  return wholeNumber(text(headers, name, alias), name, "a number", { min: 1, max: 100 });
}

interface Bounds {
  readonly min: number;
  readonly max: number;
}

function wholeNumber(value: string | undefined, name: string, what: string, { min, max }: Bounds): number | null {
  if (value === undefined) return null;
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < min || number > max) {
    throw new GatewayError("invalid_request", `The header ${name} must be ${what} between ${min} and ${max}`, {
      param: name,
    });
  }
  return number;
}

/** Of both places, where the header wins: together no more than either may hold. */
function callersMetadata(headers: Headers, body: unknown): CallOptions["metadata"] {
  const header = metadataHeader(headers);
  return body === undefined ? header : checkMetadata({ ...checkMetadata(body, "metadata"), ...header }, "metadata");
}

function metadataHeader(headers: Headers): CallOptions["metadata"] {
  const value = text(headers, "gw-metadata", "cf-aig-metadata");
  if (value === undefined) return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    throw new GatewayError("invalid_request", "The header gw-metadata is not JSON", { param: "gw-metadata" });
  }
  return checkMetadata(parsed, "gw-metadata");
}

function checkMetadata(value: unknown, param: string): CallOptions["metadata"] {
  const refuse = (message: string) => new GatewayError("invalid_request", `${param} ${message}`, { param });
  if (!isJsonObject(value)) throw refuse("must be a flat JSON object");
  const entries = Object.entries(value);
  if (entries.length > maxMetadataKeys) throw refuse(`holds more than ${maxMetadataKeys} keys`);
  for (const [key, item] of entries) {
    if (key === "" || key.length > 64) throw refuse("holds a key that is empty or longer than 64 characters");
    const scalar = typeof item === "string" || typeof item === "boolean" || Number.isFinite(item);
    if (!scalar) throw refuse(`must be flat: ${key} is no text, number or boolean`);
    if (typeof item === "string" && item.length > maxMetadataText) {
      throw refuse(`holds a text longer than ${maxMetadataText} characters`);
    }
  }
  return value as CallOptions["metadata"];
}

// What names a caller, or steers the connection, is not for the vendor.
const ownHeaders =
  /^(authorization|x-api-key|x-goog-api-key|api-key|cookie|host|connection|content-.*|accept.*|transfer-encoding|user-agent|gw-.*|cf-aig-.*|idempotency-key|origin|referer|x-forwarded-.*|forwarded)$/;

/** The caller's headers that may mean something to a vendor. The provider's package chooses among them. */
export function vendorHeaders(headers: Headers): WireHeaders {
  const kept: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (typeof value === "string" && !isOwn(name)) kept[name] = value;
  }
  return kept;
}

// SDKs send the same names again and again; the bound is for one that makes names up.
const maxRemembered = 1_000;
const remembered = new Map<string, boolean>();

function isOwn(name: string): boolean {
  const known = remembered.get(name);
  if (known !== undefined) return known;
  const own = ownHeaders.test(name);
  if (remembered.size < maxRemembered) remembered.set(name, own);
  return own;
}
