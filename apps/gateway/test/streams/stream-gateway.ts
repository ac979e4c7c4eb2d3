import { mkdtempSync, rmSync } from "node:fs";
import { Agent } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Logger, pino } from "pino";
import { type Config, createGateway, type Gateway } from "../../src/index.ts";
import { type Asked, exchange, type Received } from "./exchange.ts";
import { type ScriptedVendor, startVendor } from "./scripted-vendor.ts";

/** The admin key of every gateway that these tests start. */
export const adminKey = "gw_streams_admin";

/** A gateway over HTTP whose every provider is one scripted vendor, with its streams in a file. */
export interface StreamGateway extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly url: string;
  readonly vendor: ScriptedVendor;
  readonly dataDirectory: string;
  /** Everything it logged, one JSON object per line. */
  readonly logged: string[];
  /** Asks with the admin key unless told otherwise. */
  ask(path: string, asked?: Asked): Promise<Received>;
  /** Makes a client key. @returns the headers that show it */
  newKey(fields?: object): Promise<{ readonly authorization: string }>;
  close(): Promise<void>;
}

/** A directory that is gone when the tests are over. */
export function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "gw-streams-"));
  process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** What each wire format is called as a provider. */
export const providerOf = {
  "openai-chat": "house",
  "openai-responses": "openai",
  "anthropic-messages": "anthropic",
  gemini: "google",
} as const;

/** The providers, as a configuration has them. */
function providersAt(origin: string): NonNullable<Config["providers"]> {
  const apiKey = "key-of-the-vendor";
  return {
    house: { package: "@gw/provider-openai-compatible", api: "chat", apiKey, baseUrl: `${origin}/v1` },
    second: { package: "@gw/provider-openai-compatible", api: "chat", apiKey, baseUrl: `${origin}/second/v1` },
    openai: { apiKey, baseUrl: `${origin}/v1` },
    anthropic: { apiKey, baseUrl: origin },
    google: { apiKey, baseUrl: origin },
  };
}

/** Starts a vendor and a gateway in front of it; or the gateway alone, in front of a vendor and on a directory that are there. */
export async function startStreamGateway(
  config: Omit<Config, "providers"> = {},
  {
    vendor,
    dataDirectory = newDirectory(),
  }: { readonly vendor?: ScriptedVendor; readonly dataDirectory?: string } = {},
): Promise<StreamGateway> {
  const upstream = vendor ?? (await startVendor());
  const logged: string[] = [];
  const logger: Logger = pino({ level: "trace" }, { write: (line: string) => void logged.push(line) });
  const gateway = await createGateway({
    // Nothing that a call comes to is held against the next.
    config: {
      breaker: { failuresInRow: 1_000_000, minCalls: 1_000_000 },
      ...config,
      providers: providersAt(upstream.origin),
    },
    adminKey,
    environment: {},
    sandbox: "off",
    dataDirectory,
    logger,
  });
  const { url } = await gateway.listen({ port: 0 });
  const agent = new Agent({ keepAlive: true });
  const ask = (path: string, asked: Asked = {}): Promise<Received> =>
    exchange(url + path, { agent, ...asked, headers: { authorization: `Bearer ${adminKey}`, ...asked.headers } });
  const close = async (): Promise<void> => {
    agent.destroy();
    await gateway.close();
    if (vendor === undefined) upstream.close();
  };
  return {
    gateway,
    url,
    vendor: upstream,
    dataDirectory,
    logged,
    ask,
    newKey: async (fields = {}) => {
      const { text } = await ask("/admin/v1/keys", { body: { name: "of a test", ...fields } });
      return { authorization: `Bearer ${(JSON.parse(text) as { key: string }).key}` };
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** An answer in chat's form, as server-sent events. */
export function chatEvents(texts: readonly string[], finish: string | null = "stop"): string[] {
  const chunk = (choice: object): string =>
    `data: ${JSON.stringify({ id: "c-1", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, ...choice }] })}\n\n`;
  return [
    ...texts.map((content) => chunk({ delta: { content }, finish_reason: null })),
    ...(finish === null ? [] : [chunk({ delta: {}, finish_reason: finish }), "data: [DONE]\n\n"]),
  ];
}

/** A call for a streamed chat. */
export function chatBody(more: object = {}): object {
  return { model: "house/m", stream: true, messages: [{ role: "user", content: "Say something." }], ...more };
}
