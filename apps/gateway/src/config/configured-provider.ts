import type { Provider } from "@gw/core/types";

/** A provider as the configuration names it. */
export interface ConfiguredProvider {
  readonly provider: Provider;
  /** Whose models and prices these are, as the catalogue names it. */
  readonly vendor: string;
  /** It answers from the sandbox. */
  readonly sandbox: boolean;
}
