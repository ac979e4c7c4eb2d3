import { z } from "zod";

const milliseconds = z.int().positive().max(86_400_000);
const price = z.strictObject({
  inputUsdPerMillion: z.number().nonnegative(),
  outputUsdPerMillion: z.number().nonnegative(),
});
const attemptTimeouts = {
  connectTimeoutMs: milliseconds.optional().describe("Bound on reaching a vendor. Default 5,000."),
  firstContentTimeoutMs: milliseconds
    .optional()
    .describe("Bound on the first content of a stream or a whole unstreamed reply. Default 120,000 and 600,000."),
  idleTimeoutMs: milliseconds.optional().describe("Bound between two bytes of a reply. Default 60,000."),
};

const provider = z
  .looseObject({
    package: z
      .string()
      .min(1)
      .optional()
      .describe("Package that speaks to this provider; @gw/provider-<name> by default."),
    apiKey: z.string().min(1).optional().describe("The vendor's key, best as ${NAME} of an environment variable."),
    baseUrl: z
      .url({ protocol: /^https?$/ })
      // An editor sees the file before ${NAME} is replaced, and a reference is no URL yet.
      .meta({ format: undefined, pattern: "^https?://|\\$\\{" })
      .optional()
      .describe("Where the vendor is reached, as its own SDK wants it: with or without a path."),
    models: z
      .array(z.union([z.string().min(1), z.strictObject({ id: z.string().min(1), price: price.optional() })]))
      .optional()
      .describe("Models it offers beyond the catalogue's."),
    ...attemptTimeouts,
  })
  .describe("A provider; fields beside these are options of its package.");

const model = z.union([
  z.string().min(1).describe("Another name for a model string."),
  z.strictObject({
    offers: z
      .array(z.strictObject({ provider: z.string().min(1), model: z.string().min(1) }))
      .min(1)
      .describe("Providers that offer the model, and what they call it."),
  }),
]);

/** What `gateway.yaml` may hold. Unknown fields are refused, so that a typo never becomes a default. */
export const configSchema = z
  .strictObject({
    $schema: z.string().optional().describe("Where editors find the schema of this file."),
    host: z.string().min(1).optional().describe("Address to listen on, unless GW_HOST is set. Default 127.0.0.1."),
    port: z
      .int()
      .min(0)
      .max(65_535)
      .optional()
      .describe("Port to listen on, unless GW_PORT is set; 0 takes any free one. Default 8787."),
    providers: z
      .record(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/), provider)
      .optional()
      .describe("Providers by the name that model strings call them by. Without this, those of the environment."),
    models: z.record(z.string().min(1), model).optional().describe("Aliases and offers beyond the catalogue's."),
    metrics: z.enum(["admin", "public"]).optional().describe("Who may read /metrics. Default admin."),
    maxBodyBytes: z
      .int()
      .positive()
      .max(1_073_741_824)
      .optional()
      .describe("Largest request body. Default 33,554,432 (32 MiB)."),
    deadlineMs: milliseconds.optional().describe("Bound on a request over all attempts. Default 600,000."),
    commitAfterMs: milliseconds
      .optional()
      .describe("How long the head of a stream may wait for the first content. Default 5,000."),
    heartbeatMs: milliseconds.optional().describe("Between two comments on a stream that is silent. Default 15,000."),
    stalledReaderMs: milliseconds
      .optional()
      .describe("How long a caller may take nothing of an answer before it is given up. Default 300,000."),
    shutdownGraceMs: z
      .int()
      .nonnegative()
      .max(3_600_000)
      .optional()
      .describe("How long running calls may go on after SIGTERM. Default 30,000."),
    ...attemptTimeouts,
  })
  .describe("Configuration of a gw gateway.");

export type Config = z.infer<typeof configSchema>;
export type ProviderConfig = NonNullable<Config["providers"]>[string];
