import type { Provider } from "@gw/core/types";

/** A provider as the configuration names it. */
export interface ConfiguredProvider {
  readonly provider: Provider;
  /** Whose models and prices these are, as the catalogue names it. */
  readonly vendor: string;
  /** Models it offers beyond the catalogue's. */
  readonly models: readonly string[];
  /** It answers from the sandbox. */
  readonly sandbox: boolean;
}
