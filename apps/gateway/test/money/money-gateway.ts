import { type ReceivedRequest, type ScriptedReply, startUpstream, type Upstream } from "@gw/provider-testkit";
import type { Config } from "../../src/index.ts";
import { type RunningGateway, startGateway } from "../robustness/running-gateway.ts";

/** A gateway before an upstream that counts what it bills. */
export interface MoneyGateway extends RunningGateway {
  readonly upstream: Upstream;
}

/** Prices that make sums easy to read: a token of input costs 1 micro-USD, one of output 10. */
export const price = { inputUsdPerMillion: 1, outputUsdPerMillion: 10 };

/** Starts both; the upstream is the provider `acme`, with the models `one` (priced) and `free` (without a price). */
export async function startMoneyGateway(
  script: (request: ReceivedRequest, index: number) => ScriptedReply,
  config: Config = {},
  options: { readonly dataDirectory?: string; readonly nowMs?: () => number } = {},
): Promise<MoneyGateway> {
  const upstream = await startUpstream(script);
  const acme = {
    package: "@gw/provider-openai-compatible",
    baseUrl: `${upstream.url}/v1`,
    apiKey: "k",
    models: [{ id: "one", price }, "free", { id: "dear", price: { inputUsdPerMillion: 10, outputUsdPerMillion: 100 } }],
  };
  const running = await startGateway({ ...config, providers: { acme, ...config.providers } }, options);
  return {
    ...running,
    upstream,
    close: async () => {
      await running.close();
      await upstream.close();
    },
  };
}

/** An answer of a chat server that says what it used. */
export function whole(inputTokens: number, outputTokens: number): ScriptedReply {
  const usage = {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
  };
  const message = { role: "assistant", content: "ok" };
  const choices = [{ index: 0, message, finish_reason: "stop" }];
  return { body: JSON.stringify({ id: "c", object: "chat.completion", created: 1, model: "one", choices, usage }) };
}

/** The same as a stream, of so many events with content. */
export function streamed(inputTokens: number, outputTokens: number, words = ["one ", "two"]): ScriptedReply {
  const chunk = (fields: object): string =>
    `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "one", ...fields })}\n\n`;
  const delta = (content: object, finish: string | null = null): string =>
    chunk({ choices: [{ index: 0, delta: content, finish_reason: finish }] });
  const usage = {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
  };
  return {
    headers: { "content-type": "text/event-stream" },
    body: [
      delta({ role: "assistant", content: "" }),
      ...words.map((content) => delta({ content })),
      delta({}, "stop"),
      chunk({ choices: [], usage }),
      "data: [DONE]\n\n",
    ].join(""),
  };
}

/** One message for `acme/one`. */
export function chat(fields: object = {}): object {
  return { model: "acme/one", messages: [{ role: "user", content: "hello" }], ...fields };
}

/** A row of the usage report. */
export interface UsageRow {
  readonly group: Readonly<Record<string, string | null>>;
  readonly cost_usd: number;
  readonly requests: number;
  readonly errors: number;
  readonly unpriced_requests: number;
  readonly estimated_requests: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_read_tokens: number;
  readonly cache_savings_usd: number;
}

/** The usage report, once it counts so many requests. */
export async function usage(
  { call }: Pick<RunningGateway, "call">,
  groupBy: string,
  requests: number,
): Promise<UsageRow[]> {
  const until = performance.now() + 3_000;
  for (;;) {
    const { data } = (await call("GET", `/admin/v1/usage?group_by=${groupBy}`)).json() as { data: UsageRow[] };
    const counted = data.reduce((sum, row) => sum + row.requests, 0);
    if (counted >= requests || performance.now() > until) return data;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
