import type { AttemptTimeouts, Capabilities, DialectId, Provider } from "@gw/core/types";
import type { Fixtures } from "../fixtures/fixtures.ts";
import { startUpstream, type Upstream, type UpstreamScript } from "../upstream/start-upstream.ts";

/** One promise of the contract. */
export interface ContractCase {
  /** `concern: what holds`, unique in the suite. */
  readonly name: string;
  /** Rejects when the promise is broken. */
  run(): Promise<void>;
}

/** What the suite makes a provider with. */
export interface CreateOptions {
  /** The upstream's address, without a path or slash at the end; add the path that the vendor's SDK expects. */
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly timeouts: Partial<AttemptTimeouts>;
}

/** What every case works with. */
export interface Suite {
  readonly capabilities: Capabilities;
  readonly nativeDialects: readonly DialectId[];
  readonly fixtures: Fixtures;
  /** The dialect of the embedding fixtures. */
  readonly embedDialect: DialectId;
  /** How long anything may take before its case fails. */
  readonly boundMs: number;
  readonly apiKey: string;
  create(options: { readonly baseUrl: string; readonly timeouts?: Partial<AttemptTimeouts> }): Provider;
  /** Runs a new provider against a new upstream and closes both. */
  against<Result>(
    script: UpstreamScript,
    run: (provider: Provider, upstream: Upstream) => Promise<Result>,
    timeouts?: Partial<AttemptTimeouts>,
  ): Promise<Result>;
}

/** Recognisable wherever it turns up, and like no word of a reply. */
const apiKey = "sk-contract-4f9a7c2e81d05b36";

export function createSuite(create: (options: CreateOptions) => Provider, fixtures: Fixtures, boundMs: number): Suite {
  const make: Suite["create"] = ({ baseUrl, timeouts = {} }) => create({ baseUrl, apiKey, timeouts });
  // Nothing is sent: only the manifest is read.
  const manifest = make({ baseUrl: "http://127.0.0.1:9" });
  const { capabilities, native } = manifest;
  void manifest.close();
  return {
    capabilities,
    nativeDialects: native?.dialects ?? [],
    fixtures,
    embedDialect: capabilities.embed?.nativeDialects[0] ?? fixtures.dialect,
    boundMs,
    apiKey,
    create: make,
    against: async (script, run, timeouts) => {
      const upstream = await startUpstream(script);
      const provider = make({ baseUrl: upstream.url, ...(timeouts !== undefined && { timeouts }) });
      try {
        return await within(boundMs, run(provider, upstream));
      } finally {
        // What a failed case left open goes first, so that closing has nothing to wait for.
        await upstream.close();
        await provider.close();
      }
    },
  };
}

/** The promise's outcome, or a rejection once the time is over. */
export async function within<Result>(boundMs: number, promise: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Nothing happened for ${boundMs} ms`)), boundMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
