import { z } from "zod";
import { refuseField } from "./refuse-field.ts";

const names = z.array(z.string().min(1)).max(64).nullish();
const sortBy = z.enum(["price", "throughput", "latency"]);
const usdPerMillion = z
  .union([
    z.number().nonnegative(),
    z
      .string()
      .regex(/^\d+(\.\d+)?$/)
      .transform(Number),
  ])
  .nullish();
const percentiles = z.strictObject({
  p50: z.number().positive().nullish(),
  p75: z.number().positive().nullish(),
  p90: z.number().positive().nullish(),
  p99: z.number().positive().nullish(),
});
const threshold = z.union([z.number().positive(), percentiles]).nullish();

// Unknown fields are refused: a misspelled wish for privacy must not pass for none.
const schema = z.strictObject({
  order: names,
  only: names,
  ignore: names,
  allow_fallbacks: z.boolean().nullish(),
  require_parameters: z.boolean().nullish(),
  data_collection: z.enum(["allow", "deny"]).nullish(),
  zdr: z.boolean().nullish(),
  quantizations: z.array(z.string().min(1)).max(64).nullish(),
  sort: z
    .union([sortBy, z.strictObject({ by: sortBy.nullish(), partition: z.enum(["model", "none"]).nullish() })])
    .nullish(),
  max_price: z
    .strictObject({
      prompt: usdPerMillion,
      completion: usdPerMillion,
      request: usdPerMillion,
      image: usdPerMillion,
      audio: usdPerMillion,
    })
    .nullish(),
  // Nobody tells the gateway which models allow it.
  enforce_distillable_text: z.literal(false).nullish(),
  preferred_min_throughput: threshold,
  preferred_max_latency: threshold,
});

/** Which providers a caller wants, and in what order: the `provider` field of a body. `null`: no wish. */
export interface ProviderPreferences {
  /** Providers to try first. */
  readonly order: readonly string[] | null;
  readonly only: readonly string[] | null;
  readonly ignore: readonly string[] | null;
  /** `false`: those of `order` alone, or the first one where there is no order. */
  readonly allowFallbacks: boolean;
  /** Targets that cannot take what the request needs are left out. */
  readonly requireParameters: boolean;
  /** Only providers that are known not to train on data. */
  readonly denyDataCollection: boolean;
  /** Only providers that are known to keep nothing. */
  readonly zeroDataRetention: boolean;
  readonly quantizations: readonly string[] | null;
  readonly sort: { readonly by: "price" | "throughput" | "latency"; readonly acrossModels: boolean } | null;
  readonly maxPrice: {
    readonly inputUsdPerMillion: number | null;
    readonly outputUsdPerMillion: number | null;
  } | null;
  readonly minTokensPerSecond: number | null;
  readonly maxLatencyMs: number | null;
}

/** Reads the `provider` field of a body. @throws {GatewayError} `invalid_request` with the field in `param`. */
export function readProviderPreferences(value: unknown): ProviderPreferences | null {
  if (value === undefined || value === null) return null;
  const result = schema.safeParse(value);
  if (!result.success) throw refuseField(...problemOf(result.error));
  const { data } = result;
  const { sort, max_price: price } = data;
  const by = typeof sort === "string" ? sort : (sort?.by ?? null);
  const latencySeconds = medianOf(data.preferred_max_latency);
  return {
    order: data.order ?? null,
    only: data.only ?? null,
    ignore: data.ignore ?? null,
    allowFallbacks: data.allow_fallbacks ?? true,
    requireParameters: data.require_parameters ?? false,
    denyDataCollection: data.data_collection === "deny",
    zeroDataRetention: data.zdr ?? false,
    quantizations: data.quantizations ?? null,
    sort: by === null ? null : { by, acrossModels: typeof sort === "object" && sort?.partition === "none" },
    maxPrice: price
      ? { inputUsdPerMillion: price.prompt ?? null, outputUsdPerMillion: price.completion ?? null }
      : null,
    minTokensPerSecond: medianOf(data.preferred_min_throughput),
    maxLatencyMs: latencySeconds === null ? null : latencySeconds * 1_000,
  };
}

/** What is known is an average, which stands for the lowest percentile that is asked for. */
function medianOf(threshold: z.infer<typeof schema>["preferred_max_latency"]): number | null {
  if (typeof threshold !== "object" || threshold === null) return threshold ?? null;
  return threshold.p50 ?? threshold.p75 ?? threshold.p90 ?? threshold.p99 ?? null;
}

function problemOf(error: z.ZodError): [param: string, problem: string] {
  const [issue] = error.issues;
  const unknown = issue?.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
  return [["provider", ...(issue?.path ?? []), ...unknown].join("."), issue?.message ?? "is wrong"];
}
