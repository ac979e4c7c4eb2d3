import { existsSync, readFileSync } from "node:fs";
import { findProvider } from "@pydantic/genai-prices";
import { genaiRelease, sourceDates, vendors } from "./vendors.ts";

/** A row of LiteLLM's list: USD per single unit. */
export interface LiteLlmRow {
  readonly litellm_provider?: string;
  readonly mode?: string;
  readonly max_input_tokens?: number;
  readonly max_output_tokens?: number;
  readonly deprecation_date?: string;
  readonly [field: string]: unknown;
}

/** A model of models.dev: USD per million tokens. */
export interface ModelsDevRow {
  readonly release_date?: string;
  readonly status?: string;
  readonly reasoning?: boolean;
  readonly tool_call?: boolean;
  readonly structured_output?: boolean;
  readonly cost?: ModelsDevCost & { readonly tiers?: readonly (ModelsDevCost & { tier: { size: number } })[] };
  readonly limit?: { readonly context?: number; readonly input?: number; readonly output?: number };
  readonly modalities?: { readonly input?: readonly string[]; readonly output?: readonly string[] };
}

/** Prices of models.dev by name. */
export interface ModelsDevCost {
  readonly [name: string]: unknown;
}

/** A model of genai-prices: USD per million, `{base, tiers}` where a long input costs more. */
export interface GenaiModel {
  readonly id: string;
  readonly match: GenaiMatch;
  readonly context_window?: number;
  readonly prices: GenaiPrices | readonly GenaiPeriod[];
}

/** Prices from a day on; in hours of the day where `start_time` is given. Of those that hold, the last one counts. */
export interface GenaiPeriod {
  readonly constraint?: {
    readonly start_date?: string;
    /** `01:00:00Z`; an end before the start is one of the next day. */
    readonly start_time?: string;
    readonly end_time?: string;
  };
  readonly prices: GenaiPrices;
}

/** Prices by the name of their unit. */
export type GenaiPrices = Readonly<
  Record<string, number | { base: number; tiers: readonly { start: number; price: number }[] }>
>;

/** Which ids mean a model: one of these. */
export interface GenaiMatch {
  readonly equals?: string;
  readonly starts_with?: string;
  readonly ends_with?: string;
  readonly contains?: string;
  readonly regex?: string;
  readonly or?: readonly GenaiMatch[];
  readonly and?: readonly GenaiMatch[];
}

/** Figures of Portkey: US cents per single unit. */
export interface PortkeyFigures {
  readonly [name: string]: { readonly price?: number } | unknown;
}

/** A model of Portkey. */
export interface PortkeyRow {
  readonly pricing_config?: { readonly pay_as_you_go?: PortkeyFigures; readonly batch_config?: PortkeyFigures };
  readonly custom_pricing?: {
    readonly context_tier_map?: Readonly<Record<string, string>>;
    readonly regions?: Readonly<Record<string, { readonly execution_modes?: Readonly<Record<string, PortkeyMode>> }>>;
  };
}

/** Figures of a service tier, by the length of the input where that matters. */
export interface PortkeyMode {
  readonly context_tiers?: Readonly<Record<string, { readonly pricing_config?: PortkeyRow["pricing_config"] }>>;
  readonly pricing_config?: PortkeyRow["pricing_config"];
}

/** The price data beside the repository, and that of the installed package. */
export interface Sources {
  readonly litellm: Readonly<Record<string, LiteLlmRow>>;
  readonly modelsDev: Readonly<Record<string, { readonly models: Readonly<Record<string, ModelsDevRow>> }>>;
  readonly genai: readonly { readonly id: string; readonly models: readonly GenaiModel[] }[];
  portkey(vendor: string): Readonly<Record<string, PortkeyRow>>;
}

/**
 * Reads what is in `folder`, see README.md, and in the installed package.
 *
 * @throws {Error} where there is nothing, or the package is of another release than the one whose day `genaiRelease` has
 */
export function readSources(folder: string): Sources {
  if (!existsSync(`${folder}/litellm.json`)) {
    throw new Error(`There is no price data in ${folder}: tools/catalog/README.md says where it comes from`);
  }
  const installed = installedGenaiVersion();
  if (installed !== genaiRelease.version) {
    throw new Error(
      `@pydantic/genai-prices ${installed} is installed: put it and its day in genaiRelease of tools/catalog/vendors.ts`,
    );
  }
  const read = <Content>(path: string): Content => JSON.parse(readFileSync(`${folder}/${path}`, "utf8")) as Content;
  return {
    litellm: read("litellm.json"),
    modelsDev: read("models-dev.json"),
    genai: vendors.flatMap(({ genai }) => {
      const provider = genai === undefined ? undefined : findProvider({ providerId: genai });
      return provider === undefined ? [] : [{ id: provider.id, models: provider.models as readonly GenaiModel[] }];
    }),
    portkey: (vendor) => read(`portkey/pricing/${vendor}.json`),
  };
}

function installedGenaiVersion(): string {
  // The package does not export its manifest.
  const manifest = new URL("../package.json", import.meta.resolve("@pydantic/genai-prices"));
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}

/** A source with the date of the state that was read, as the catalogue writes it. */
export function sourceText(...names: (keyof typeof sourceDates)[]): string {
  return names.map((name) => `${name} ${sourceDates[name]}`).join(", ");
}
