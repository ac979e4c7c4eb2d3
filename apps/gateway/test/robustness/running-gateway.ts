import { Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from "node:http";
import { type Logger, pino } from "pino";
import { type Config, createGateway, type Gateway } from "../../src/index.ts";

/** The admin key of every gateway that these tests start. */
export const adminKey = "gw_test_admin";

/** A whole reply. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Whether it came over a connection that had served a request before. */
  readonly reusedSocket: boolean;
  /** The body as JSON. @throws {SyntaxError} when it is none. */
  json(): unknown;
}

/** What to send beside the method and the path. */
export interface Sent {
  readonly body?: unknown;
  readonly headers?: OutgoingHttpHeaders;
  readonly signal?: AbortSignal;
}

/** A gateway that listens, and one connection to it. */
export interface RunningGateway {
  readonly gateway: Gateway;
  readonly url: string;
  /** Everything it logged, one JSON object per line. */
  readonly logged: string[];
  /** Sends with the admin key unless told otherwise; a body that is neither text nor bytes becomes JSON. */
  call(method: string, path: string, sent?: Sent): Promise<Answer>;
  /** Makes a client key. */
  newKey(key: { readonly name: string; readonly models?: readonly string[]; readonly expires_at?: string }): Promise<{
    readonly id: string;
    readonly key: string;
  }>;
  close(): Promise<void>;
}

/** Starts a gateway on a free port of loopback, without a vendor key from the environment. */
export async function startGateway(
  config: Config,
  options: {
    readonly sandbox?: "auto" | "on" | "off";
    readonly dataDirectory?: string;
    readonly nowMs?: () => number;
  } = {},
): Promise<RunningGateway> {
  const logged: string[] = [];
  const logger: Logger = pino({ level: "trace" }, { write: (line: string) => void logged.push(line) });
  const gateway = await createGateway({ config, adminKey, environment: {}, sandbox: "off", ...options, logger });
  const { url } = await gateway.listen({ port: 0 });
  // One connection for all: a reply that leaves it out of step spoils the next one.
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const call = (method: string, path: string, sent: Sent = {}) => send(agent, method, url + path, sent);
  return {
    gateway,
    url,
    logged,
    call,
    newKey: async (key) => (await call("POST", "/admin/v1/keys", { body: key })).json() as { id: string; key: string },
    close: async () => {
      agent.destroy();
      await gateway.close();
    },
  };
}

function send(agent: Agent, method: string, url: string, sent: Sent): Promise<Answer> {
  const { body } = sent;
  const bytes =
    body === undefined || typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
  const headers = {
    authorization: `Bearer ${adminKey}`,
    ...(bytes !== undefined && { "content-type": "application/json" }),
    ...sent.headers,
  };
  // A header that must not be sent is given as undefined, which Node refuses.
  const given = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent, method, headers: given, ...(sent.signal && { signal: sent.signal }) });
    outgoing.on("error", reject);
    outgoing.on("response", (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        const { reusedSocket } = outgoing;
        const { statusCode: status = 0, headers: received } = incoming;
        resolve({ status, headers: received, text, reusedSocket, json: () => JSON.parse(text) as unknown });
      });
    });
    outgoing.end(bytes);
  });
}
