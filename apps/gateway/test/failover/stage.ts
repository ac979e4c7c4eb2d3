import { type ScriptedReply, startUpstream, type Upstream, type UpstreamScript } from "@gw/provider-testkit";
import type { Config } from "../../src/config/config-schema.ts";
import { type Answer, type RunningGateway, type Sent, startGateway } from "../robustness/running-gateway.ts";
import { answerStream, answerWhole } from "../robustness/vendor-faults.ts";

/** Vendors on loopback, and a gateway that knows them by these names and offers the model `m` of the first at all of them. */
export interface Stage<Name extends string> extends AsyncDisposable {
  readonly gw: RunningGateway;
  readonly vendors: Readonly<Record<Name, Upstream>>;
  /** How often each was asked. */
  asked(): Record<Name, number>;
  /** Asks for the model of the first vendor in OpenAI's chat format. */
  chat(sent?: Pick<Sent, "headers" | "signal"> & { readonly stream?: boolean }): Promise<Answer>;
  /** One attempt after the other, as the log has them. */
  attemptsOf(answer: Answer): Promise<readonly LoggedAttempt[]>;
}

/** An attempt in the log. */
export interface LoggedAttempt {
  readonly provider: string;
  readonly key: string | null;
  readonly model: string;
  readonly started_after_ms: number;
  readonly waited_ms: number;
  readonly duration_ms: number | null;
  readonly status: number | null;
  readonly error_code: string | null;
}

/** Starts it. The vendors answer as their scripts say; `config` is what is different beside them. */
export async function stage<Name extends string>(
  scripts: Readonly<Record<Name, UpstreamScript>>,
  config: Omit<Config, "providers"> & { readonly providers?: Readonly<Record<string, object>> } = {},
): Promise<Stage<Name>> {
  const names = Object.keys(scripts) as Name[];
  const upstreams = await Promise.all(names.map((name) => startUpstream(scripts[name])));
  const vendors = Object.fromEntries(names.map((name, index) => [name, upstreams[index]])) as Record<Name, Upstream>;
  const providers = names.map((name) => [
    name,
    {
      package: "@gw/provider-openai-compatible",
      baseUrl: `${vendors[name].url}/v1`,
      apiKey: `key-of-${name}`,
      ...config.providers?.[name],
    },
  ]);
  const [first, ...others] = names;
  const gw = await startGateway({
    ...(others.length > 0 && {
      models: { [`${first}/m`]: { offers: others.map((provider) => ({ provider, model: "m" })) } },
    }),
    ...config,
    providers: Object.fromEntries(providers),
  });
  return {
    gw,
    vendors,
    asked: () => Object.fromEntries(names.map((name) => [name, vendors[name].requests.length])) as Record<Name, number>,
    chat: ({ stream = false, ...sent } = {}) =>
      gw.call("POST", "/v1/chat/completions", {
        ...sent,
        body: { model: `${first}/m`, stream, messages: [{ role: "user", content: "Say exactly: one two" }] },
      }),
    attemptsOf: async (answer) => {
      const path = `/admin/v1/logs/${answer.headers["gw-request-id"]}`;
      const row = (await gw.call("GET", path)).json() as { readonly attempts: readonly LoggedAttempt[] };
      return row.attempts;
    },
    [Symbol.asyncDispose]: async () => {
      await gw.close();
      await Promise.all(upstreams.map((upstream) => upstream.close()));
    },
  };
}

/** A good answer, whole or as a stream, as the request wants it. */
export const good: UpstreamScript = (request) =>
  (request.json() as { stream?: boolean }).stream === true ? answerStream() : answerWhole();

/** These replies, one after the other, and from then on a good answer. */
export function thenGood(...replies: readonly ScriptedReply[]): UpstreamScript {
  return (request, index) =>
    replies[index] ?? (good as (request: unknown, index: number) => ScriptedReply)(request, index);
}

/** An error answer of a status. */
export function failing(status: number, headers: Readonly<Record<string, string>> = {}): ScriptedReply {
  return { status, headers, body: JSON.stringify({ error: { message: `It is ${status}` } }) };
}
