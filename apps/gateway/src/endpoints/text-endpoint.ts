import type { JsonObject } from "@gw/core";
import type { TextDialect } from "@gw/dialects";
import { translateText } from "../lanes/translate-text.ts";
import { type DecodedCall, type Endpoint, type Framing, type Incoming, modelOf, streamOf } from "../pipeline/decode.ts";
import { parseBody } from "../pipeline/receive.ts";

/** What the path says of a call, in dialects that put the model there. */
export interface UrlCall {
  readonly model: string;
  readonly stream: boolean;
}

/** A decoded call for text in a dialect. The body is read further only if the call has to be translated. */
export function textCall(
  dialect: TextDialect,
  raw: Uint8Array,
  body: JsonObject,
  options: { readonly url?: UrlCall; readonly framing?: Framing } = {},
): DecodedCall {
  const { url } = options;
  const model = url?.model ?? modelOf(body);
  return {
    modality: "text",
    operation: "generate",
    dialect: dialect.id,
    model,
    stream: url?.stream ?? streamOf(body),
    raw,
    body,
    framing: options.framing ?? "sse",
    paramName: (neutral) => paramName(dialect, neutral),
    withBody: (next) => {
      const named = url === undefined ? { ...next, model } : next;
      return textCall(dialect, Buffer.from(JSON.stringify(named)), named, options);
    },
    translate: async (target, call, context) =>
      translateText(dialect, dialect.decodeRequest(body, url), target, call, context),
  };
}

/** How a dialect's callers know a neutral parameter. */
export function paramName(dialect: TextDialect, neutral: string): string {
  const names: Readonly<Record<string, string | undefined>> = dialect.paramNames;
  // What a caller made up may be called as something that every object has.
  const named = (name: string): string | undefined => (Object.hasOwn(names, name) ? names[name] : undefined);
  const [head = neutral, ...fields] = neutral.split(".");
  // Where a parameter has parts, formats cut it each in its own way; what stands in messages and tools has a name of its own.
  if (head === "messages" || head === "tools")
    return [named(head) ?? head, ...fields.map((field) => named(field) ?? field)].join(".");
  return named(neutral) ?? named(head) ?? neutral;
}

/** An endpoint whose whole request is its body. */
export function textEndpoint(name: string, dialect: TextDialect): Endpoint {
  return {
    name,
    errors: dialect,
    decode: ({ raw }: Incoming) => textCall(dialect, raw, parseBody(raw)),
  };
}
