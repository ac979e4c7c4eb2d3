import type {
  AttemptTimeouts,
  Call,
  GatewayError,
  NativeRequest,
  Provider,
  ProviderOptions,
  TextEvent,
  TextRequest,
  Transport,
  WireHeaders,
  WireRequest,
} from "@gw/core";
import { createProvider } from "../src/create-provider.ts";
import type { ProviderDefinition } from "../src/provider-definition.ts";
import { type ToyQuirks, toyDialect } from "./toy-dialect.ts";

// A vendor that speaks the toy dialect, and ways of asking it that give the error as a value.

export const key = "sk-very-secret";
export const request: TextRequest = { model: "m1", messages: [] };
export const sse = { "content-type": "text/event-stream" };
export const json = { "content-type": "application/json; charset=utf-8" };
export const done = 'data: {"done":1}\n\n';

export interface Script {
  readonly status?: number;
  readonly headers?: WireHeaders;
  /** Pieces of the body; an error is thrown in its turn, a promise waited for. */
  readonly body?: readonly (string | Error | Promise<unknown>)[];
}

/** A network that answers from a script and keeps what it was asked. */
class ScriptedTransport implements Transport {
  readonly sent: { readonly request: WireRequest; readonly timeouts: AttemptTimeouts; readonly signal: AbortSignal }[] =
    [];
  bodyClosed = false;
  closed = false;
  readonly #script: Script | (() => Script);

  constructor(script: Script | (() => Script)) {
    this.#script = script;
  }

  async send(request: WireRequest, options: { signal: AbortSignal; timeouts: AttemptTimeouts }) {
    this.sent.push({ request, ...options });
    const script = typeof this.#script === "function" ? this.#script() : this.#script;
    const { status = 200, headers = {}, body = [] } = script;
    return { status, headers, body: this.#body(body, options.signal) };
  }

  async *#body(pieces: NonNullable<Script["body"]>, signal: AbortSignal) {
    const aborted = new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    aborted.catch(() => {});
    try {
      for (const piece of pieces) {
        if (piece instanceof Error) throw piece;
        if (typeof piece === "string") yield new Uint8Array(Buffer.from(piece));
        else await Promise.race([piece, aborted]);
      }
    } finally {
      this.bodyClosed = true;
    }
  }

  async close() {
    this.closed = true;
  }
}

export function definition(changes: Partial<ProviderDefinition> = {}, quirks: ToyQuirks = {}): ProviderDefinition {
  return {
    id: "acme",
    capabilities: {},
    baseUrl: "https://acme.test/v1",
    headers: { Authorization: `Bearer ${key}` },
    secrets: [key],
    forwardedHeaders: ["acme-beta"],
    text: { route: () => ({ dialect: toyDialect, quirks, path: "/say" }) },
    native: {
      toy: {
        codec: toyDialect,
        quirks: () => quirks,
        path: (model, { stream, operation }) =>
          operation === "generate" ? `/say/${model}${stream ? "?sse" : ""}` : null,
      },
    },
    ...changes,
  };
}

export function connect(script: Script | (() => Script), options: ProviderOptions = {}, own = definition()) {
  const transport = new ScriptedTransport(script);
  return { transport, provider: createProvider(own, { transport, ...options }) };
}

export const generate = (provider: Provider, call?: Call) =>
  (provider.text as NonNullable<Provider["text"]>).generate(request, call);
export async function stream(provider: Provider, call?: Call) {
  const events: TextEvent[] = [];
  const error = await (async () => {
    for await (const event of (provider.text as NonNullable<Provider["text"]>).stream(request, call))
      events.push(event);
    return null;
  })().catch((caught: unknown) => caught as GatewayError);
  const text = events.map((event) => (event.type === "text-delta" ? event.text : "")).join("");
  return { text, ended: events.at(-1)?.type === "response-end", code: error?.code ?? null, events };
}
const nativeRequest = (changes: Partial<NativeRequest> = {}): NativeRequest => {
  const raw = '{ "model":"alias", "x":1.0 }';
  return {
    dialect: "toy",
    operation: "generate",
    model: "m1",
    stream: true,
    raw: new Uint8Array(Buffer.from(raw)),
    body: JSON.parse(raw),
    headers: {},
    ...changes,
  };
};
export const open = (provider: Provider, changes?: Partial<NativeRequest>, call: Call = {}) =>
  (provider.native as NonNullable<Provider["native"]>).open(nativeRequest(changes), call);
export async function native(provider: Provider, changes?: Partial<NativeRequest>, call?: Call) {
  const batches: string[][] = [];
  let observation = null;
  const error = await (async () => {
    const reply = await open(provider, changes, call);
    if (reply.type === "whole") return null;
    for await (const batch of reply.batches) batches.push(batch.map(({ bytes }) => Buffer.from(bytes).toString()));
    observation = reply.observation();
    return null;
  })().catch((caught: unknown) => caught as GatewayError);
  return { batches, observation, code: error?.code ?? null };
}
export const caught = async (promise: Promise<unknown>) => promise.catch((error: unknown) => error as GatewayError);
