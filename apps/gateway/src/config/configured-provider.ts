import type { Provider } from "@gw/core/types";
import type { BreakerOptions } from "@gw/failover";

/** A provider as the configuration names it. */
export interface ConfiguredProvider {
  readonly name: string;
  /** Whose models and prices these are, as the catalogue names it. */
  readonly vendor: string;
  /** It answers from the sandbox. */
  readonly sandbox: boolean;
  /** At least one. All of them can do the same. */
  readonly keys: readonly ProviderKey[];
  readonly policy: DataPolicy;
  /** Of each of its models. */
  readonly breaker: BreakerOptions;
}

/** One key of a provider. */
export interface ProviderKey {
  /** The provider, called with this key. Its id is the configured name. */
  readonly provider: Provider;
  /** Its share of the calls, against the other keys' weights. */
  readonly weight: number;
  /** What health, logs and metrics know it by: `name` or `name#2`, never the key. */
  readonly label: string;
}

/** What is configured about where a provider works and what it does with data. `null`: nothing is stated. */
export interface DataPolicy {
  readonly region: string | null;
  readonly zeroDataRetention: boolean | null;
  readonly trainsOnData: boolean | null;
  readonly quantization: string | null;
}
