import { GatewayError } from "./gateway-error.ts";

/** What a caller's model string names. */
export type ModelRef =
  /** `provider/model`; the model may hold further slashes. */
  | { readonly type: "model"; readonly provider: string; readonly model: string }
  /** A configured route: `route/name`, or `dynamic/name` as Cloudflare writes it. */
  | { readonly type: "route"; readonly name: string }
  /** A bare name, for the catalogue and the configured aliases to resolve. */
  | { readonly type: "alias"; readonly name: string };

const maxLength = 256;
// Printable ASCII without spaces, quotes and backslashes: what vendors' ids are made of.
const allowed = /^[A-Za-z0-9@._:/+~,-]+$/;

/**
 * Reads `provider/model`, `@cf/author/model`, `@hf/author/model`, `route/name`, `dynamic/name` or a bare name.
 *
 * @throws {GatewayError} `model_string_malformed` for an empty or overlong string, other characters than ids are made of, or
 * an empty provider, model or route name.
 */
export function parseModelString(text: string): ModelRef {
  if (typeof text !== "string" || text.length === 0) throw malformed("The model is empty");
  if (text.length > maxLength) throw malformed(`The model is longer than ${maxLength} characters`);
  if (!allowed.test(text)) throw malformed("The model holds a character that no model id has");
  if (text.startsWith("@cf/") || text.startsWith("@hf/")) return { type: "model", provider: "workers-ai", model: text };
  const slash = text.indexOf("/");
  if (slash === -1) return { type: "alias", name: text };
  const head = text.slice(0, slash);
  const rest = text.slice(slash + 1);
  if (head === "" || rest === "") throw malformed("The model must be written provider/model");
  if (head === "route" || head === "dynamic") return { type: "route", name: rest };
  return { type: "model", provider: head, model: rest };
}

function malformed(message: string): GatewayError {
  return new GatewayError("model_string_malformed", message, { param: "model" });
}
