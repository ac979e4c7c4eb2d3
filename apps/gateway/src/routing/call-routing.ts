import type { JsonObject } from "@gw/core";
import { type ProviderPreferences, readProviderPreferences } from "./provider-preferences.ts";
import { refuseField } from "./refuse-field.ts";

/** Another model to try, where the ones before it fail. */
export interface FallbackModel {
  /** A model string, as the caller wrote it. */
  readonly model: string;
  /** Fields that replace the body's for this model; `null` for the body as it is. */
  readonly patch: JsonObject | null;
}

/** What a body asks of the router, in the fields that callers of other gateways know. */
export interface CallRouting {
  /** In order, after the call's own model. */
  readonly fallbacks: readonly FallbackModel[];
  /** Only the first target may answer. */
  readonly disableFallbacks: boolean;
  readonly provider: ProviderPreferences | null;
  readonly sessionId: string | null;
}

/** A call that asks nothing of the router. */
export const noRouting: CallRouting = Object.freeze({
  fallbacks: [],
  disableFallbacks: false,
  provider: null,
  sessionId: null,
});

const nothingAsked = Object.freeze({ routing: noRouting, body: null });

// More are never reached: attempts have a budget.
const maxFallbacks = 32;

/** Of an id by which a session is remembered. @see https://openrouter.ai/docs/guides/best-practices/prompt-caching (read 2026-11-29) */
export const maxSessionIdLength = 256;

/**
 * Reads the fields of a body that are for the router: `models`, `fallbacks`, `disable_fallbacks`, `provider` and `session_id`.
 *
 * `body` is the body without them, or `null` when it has none of them.
 *
 * @throws {GatewayError} `invalid_request` with the field in `param` when one is not what it should be.
 * @see https://openrouter.ai/docs/guides/routing/provider-selection, https://docs.litellm.ai/docs/proxy/client_side_fallbacks,
 * https://docs.getbifrost.ai/features/retries-and-fallbacks (read 2026-11-29)
 */
export function readCallRouting(body: JsonObject): { readonly routing: CallRouting; readonly body: JsonObject | null } {
  if (
    body.models === undefined &&
    body.fallbacks === undefined &&
    body.provider === undefined &&
    body.session_id === undefined &&
    body.disable_fallbacks === undefined
  ) {
    return nothingAsked;
  }
  const { models, fallbacks, disable_fallbacks, provider, session_id, ...rest } = body;
  return {
    routing: {
      fallbacks: [...modelsOf(models), ...fallbacksOf(fallbacks)],
      disableFallbacks: booleanOf(disable_fallbacks, "disable_fallbacks"),
      provider: readProviderPreferences(provider),
      sessionId: sessionIdOf(session_id),
    },
    body: rest,
  };
}

type Field = JsonObject[string];

function modelsOf(value: Field): FallbackModel[] {
  return listOf(value, "models").map((model, index) => {
    if (typeof model !== "string") throw refuseField(`models.${index}`, "must be a string");
    return { model, patch: null };
  });
}

function fallbacksOf(value: Field): FallbackModel[] {
  return listOf(value, "fallbacks").map((entry, index) => {
    const param = `fallbacks.${index}`;
    if (typeof entry === "string") return { model: entry, patch: null };
    if (typeof entry !== "object" || entry === null || Array.isArray(entry)) {
      throw refuseField(param, "must be a string or an object");
    }
    const { model, provider, ...fields } = entry;
    if (typeof model !== "string" || model === "") throw refuseField(`${param}.model`, "must be a string");
    if (provider !== undefined && (typeof provider !== "string" || provider === "")) {
      throw refuseField(`${param}.provider`, "must be the name of a provider");
    }
    for (const name of ["stream", "models", "fallbacks", "disable_fallbacks", "session_id"]) {
      if (fields[name] !== undefined) throw refuseField(`${param}.${name}`, "cannot differ from target to target");
    }
    return {
      model: provider === undefined ? model : `${provider}/${model}`,
      patch: Object.keys(fields).length === 0 ? null : fields,
    };
  });
}

function listOf(value: Field, param: string): readonly Field[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw refuseField(param, "must be a list");
  if (value.length > maxFallbacks) throw refuseField(param, `holds more than ${maxFallbacks} entries`);
  return value;
}

function booleanOf(value: Field, param: string): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value !== "boolean") throw refuseField(param, "must be a boolean");
  return value;
}

function sessionIdOf(value: Field): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== "string" || value === "" || value.length > maxSessionIdLength) {
    throw refuseField("session_id", `must be a string of 1 to ${maxSessionIdLength} characters`);
  }
  return value;
}
