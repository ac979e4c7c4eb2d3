import { mkdirSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type AI, createAI } from "@gw/client";
import { GatewayError } from "@gw/core";
import { type BreakerOptions, MemoryHealthStore } from "@gw/failover";
import { type Logger, pino } from "pino";
import { type Composition, compose } from "./composition.ts";
import type { Config } from "./config/config-schema.ts";
import { checkConfig, loadConfig } from "./config/load-config.ts";
import { inProcessFetch } from "./in-process-fetch.ts";
import { adminKey } from "./keys/admin-key.ts";
import { ClientKeys } from "./keys/client-keys.ts";
import { LazySandbox } from "./lazy-sandbox.ts";
import { GatewayMetrics } from "./metrics.ts";
import { Till } from "./money/till.ts";
import { controlPlane } from "./server/control-plane.ts";
import { drained, httpServer, listening } from "./server/http-server.ts";
import type { GatewayState } from "./state.ts";
import { GatewayDatabase } from "./stores/gateway-database.ts";
import { inTransaction } from "./stores/in-transaction.ts";
import { SqliteLogStore } from "./stores/sqlite-log-store.ts";
import { GatewayStreams } from "./streams/gateway-streams.ts";
import { IdempotentCalls } from "./streams/idempotent-calls.ts";

/** How a program makes a gateway. Everything may be left out. */
export interface GatewayOptions {
  /** What `gateway.yaml` would hold, or the path of such a file. */
  readonly config?: Config | string;
  /** Where keys, books, streams and logs are kept; in memory when absent. */
  readonly dataDirectory?: string;
  readonly adminKey?: string;
  /** `auto` answers from the sandbox when no provider is configured, `on` also for vendors without a key. */
  readonly sandbox?: "auto" | "on" | "off";
  /** Where provider keys are looked for; the process's environment by default. */
  readonly environment?: NodeJS.ProcessEnv;
  readonly logger?: Logger;
  /** Wall clock of limits and prices, in ms since 1970; the system's by default. */
  readonly nowMs?: () => number;
}

/** A gateway: in process from the start, over HTTP once it listens. */
export interface Gateway {
  /** `ai.run` without a network hop, and without a key: who holds the gateway may use it. */
  readonly run: AI["run"];
  /** The data plane as a `fetch`, for SDKs that take one. */
  readonly fetch: typeof globalThis.fetch;
  /** The admin key when it was made just now: shown once, kept hashed. */
  readonly freshAdminKey: string | null;
  /** Whether some provider answers from the sandbox. */
  readonly sandbox: boolean;
  /** Starts to accept connections. Host and port override the configuration's. Resolves with the address. */
  listen(address?: { readonly host?: string; readonly port?: number }): Promise<{ readonly url: string }>;
  /** Reads the configuration again; running calls end as they began. @throws {GatewayError} and changes nothing. */
  reload(): Promise<void>;
  /** Stops accepting, lets running calls end for `shutdownGraceMs`, cancels the rest, and writes everything down. */
  close(): Promise<void>;
}

/**
 * Composes a gateway.
 *
 * @throws {GatewayError} `invalid_request` when the configuration is wrong, `unavailable` when the data directory cannot be used.
 */
export async function createGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const sandbox = new LazySandbox();
  try {
    return await assemble(options, sandbox);
  } catch (cause) {
    await sandbox.close();
    throw cause;
  }
}

async function assemble(options: GatewayOptions, sandbox: LazySandbox): Promise<Gateway> {
  const logger = options.logger ?? pino({ level: "silent" });
  const { dataDirectory = null } = options;
  const composition = await composeFrom(options, sandbox);
  const { data, logs, admin } = openData(dataDirectory, options.adminKey, logger);
  const till = new Till(data.database, { logger, nowMs: options.nowMs ?? Date.now });
  let opening: Promise<GatewayStreams> | null = null;
  const state: GatewayState = {
    composition,
    keys: await ClientKeys.open(data.keys, admin.hash),
    health: new MemoryHealthStore((circuit) => breakerOf(circuit, state.composition)),
    recorders: { metrics: metricsOf(() => state), logger, logs },
    till,
    running: new Set(),
    stopping: false,
    idempotent: new IdempotentCalls(),
    streams: () => {
      opening ??= GatewayStreams.open({
        file: dataDirectory === null ? null : join(dataDirectory, "streams.db"),
        stalledReaderMs: state.composition.settings.stalledReaderMs,
        running: state.running,
        logger,
      });
      return opening;
    },
  };
  const control = await controlPlane(state);
  const fetch = inProcessFetch(state);
  let server: Server | null = null;
  const keyWatch = setInterval(() => {
    state.keys.refresh().catch((error: unknown) => logger.error({ err: error }, "the keys could not be read"));
  }, keyWatchMs);
  keyWatch.unref();

  return {
    run: createAI({ baseURL: "http://gateway", apiKey: "in-process", fetch }).run,
    fetch,
    freshAdminKey: admin.fresh,
    get sandbox() {
      return state.composition.sandbox;
    },
    async listen(address = {}) {
      server = httpServer(state, control);
      const host = address.host ?? state.composition.settings.host;
      await listening(server, host, address.port ?? state.composition.settings.port);
      // Only now: a second gateway that finds its port taken must not end what the first one is doing.
      await state.streams();
      const { port } = server.address() as AddressInfo;
      return { url: `http://${host.includes(":") ? `[${host}]` : host}:${port}` };
    },
    async reload() {
      const previous = state.composition;
      const next = await composeFrom(options, sandbox, previous);
      state.composition = next;
      await state.keys.reload();
      // Calls that began with the old providers still need them.
      void Promise.allSettled([...state.running].map((call) => call.ended)).then(() => previous.close());
    },
    async close() {
      state.stopping = true;
      await drained(server, state);
      clearInterval(keyWatch);
      await control.close();
      await (await opening)?.close();
      await till.close();
      data.close();
      await logs.close();
      await state.composition.close();
      await sandbox.close();
    },
  };
}

function openData(dataDirectory: string | null, configuredKey: string | undefined, logger: Logger) {
  const file = (name: string): string => (dataDirectory === null ? ":memory:" : join(dataDirectory, name));
  try {
    if (dataDirectory !== null) mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
    const data = new GatewayDatabase(file("ledger.db"));
    return {
      data,
      logs: new SqliteLogStore(file("logs.db"), logger),
      // One at a time: of gateways that start together, one makes the key and the others find it.
      admin: inTransaction(data.database, () => adminKey(dataDirectory, configuredKey)),
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GatewayError("unavailable", `The data directory ${dataDirectory} cannot be used: ${reason}`, { cause });
  }
}

function metricsOf(state: () => GatewayState): GatewayMetrics {
  return new GatewayMetrics({
    lists: (provider, model) => state().composition.candidates.lists(provider, model),
    circuits: () => state().health.circuits,
  });
}

// How long a key that another process revoked may still work.
const keyWatchMs = 1_000;

function breakerOf(circuit: string, { providers, settings }: Composition): BreakerOptions {
  return providers.get(circuit.slice(0, circuit.indexOf("/")))?.breaker ?? settings.breaker;
}

function composeFrom(options: GatewayOptions, sandbox: LazySandbox, previous?: Composition): Promise<Composition> {
  const environment = options.environment ?? process.env;
  const { config = {} } = options;
  return compose({
    config: typeof config === "string" ? loadConfig(config, environment) : checkConfig(config, "config"),
    environment,
    sandboxMode: options.sandbox ?? "auto",
    sandbox: () => sandbox.vendors(),
    ...(previous !== undefined && { previous }),
  });
}
