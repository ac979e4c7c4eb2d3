import { z } from "zod";

const milliseconds = z.int().positive().max(86_400_000);
const usd = z.number().nonnegative().max(1_000_000);
const price = z.strictObject({
  inputUsdPerMillion: usd,
  outputUsdPerMillion: usd,
  cacheReadUsdPerMillion: usd.optional().describe("As input by default."),
  cacheWriteUsdPerMillion: usd.optional().describe("As input by default."),
  cacheWrite1hUsdPerMillion: usd.optional().describe("As other cache writes by default."),
});
const attemptTimeouts = {
  connectTimeoutMs: milliseconds.optional().describe("Bound on reaching a vendor. Default 5,000."),
  firstContentTimeoutMs: milliseconds
    .optional()
    .describe("Bound on the first content of a stream or a whole unstreamed reply. Default 120,000 and 600,000."),
  idleTimeoutMs: milliseconds.optional().describe("Bound between two bytes of a reply. Default 60,000."),
};

const requestBounds = {
  deadlineMs: milliseconds.optional().describe("Bound on a request over all attempts. Default 600,000."),
  maxAttempts: z.int().positive().max(100).optional().describe("Attempts of a request over all targets. Default 4."),
};

const breaker = z
  .strictObject({
    failuresInRow: z.int().positive().optional().describe("Failures in a row that open it. Default 5."),
    minCalls: z.int().positive().optional().describe("Calls in the window before their share counts. Default 20."),
    failureShare: z.number().positive().max(1).optional().describe("Share of failures that opens it. Default 0.5."),
    windowSeconds: z.int().positive().max(600).optional().describe("How far back the share looks. Default 10."),
    openMs: milliseconds.optional().describe("How long it stays open, doubling each time. Default 5,000."),
    maxOpenMs: milliseconds.optional().describe("How long it stays open at most. Default 300,000."),
  })
  .optional()
  .describe("When a model of a provider is left alone for a while.");

const apiKey = z.string().min(1);
const weight = z.number().nonnegative().max(1_000_000);

const provider = z
  .looseObject({
    package: z
      .string()
      .min(1)
      .optional()
      .describe("Package that speaks to this provider; @gw/provider-<name> by default."),
    apiKey: apiKey.optional().describe("The vendor's key, best as ${NAME} of an environment variable."),
    apiKeys: z
      .array(z.union([apiKey, z.strictObject({ key: apiKey, weight: weight.positive().optional() })]))
      .min(1)
      .optional()
      .describe("Several keys instead of one. Each gets its weight's share of the calls; 1 by default."),
    baseUrl: z
      .url({ protocol: /^https?$/ })
      // An editor sees the file before ${NAME} is replaced, and a reference is no URL yet.
      .meta({ format: undefined, pattern: "^https?://|\\$\\{" })
      .optional()
      .describe("Where the vendor is reached, as its own SDK wants it: with or without a path."),
    models: z
      .array(
        z.union([
          z.string().min(1),
          z.strictObject({
            id: z.string().min(1),
            price: price.optional(),
            maxOutputTokens: z.int().positive().optional().describe("The most that it says, for limits to hold."),
          }),
        ]),
      )
      .optional()
      .describe("Models it offers beyond the catalogue's."),
    region: z.string().min(1).optional().describe("Where it works. Given to packages that have a region of their own."),
    zeroDataRetention: z.boolean().optional().describe("Whether it keeps nothing of prompts and answers."),
    trainsOnData: z.boolean().optional().describe("Whether it trains on prompts and answers, or keeps them to do so."),
    quantization: z.string().min(1).optional().describe("Of its models' weights: int4, int8, fp8, bf16, ..."),
    breaker,
    ...attemptTimeouts,
  })
  .refine((fields) => fields.apiKey === undefined || fields.apiKeys === undefined, {
    path: ["apiKeys"],
    error: "cannot stand beside apiKey",
  })
  .meta({ not: { properties: { apiKey: {}, apiKeys: {} }, required: ["apiKey", "apiKeys"] } })
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

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const modality = z.enum(["text", "embed", "rerank", "image", "video", "speech", "transcribe"]);
const oneOrMore = <Item extends z.ZodType>(item: Item) => z.union([item, z.array(item).min(1)]);

const route = z
  .strictObject({
    targets: z
      .array(
        z.union([
          z.string().min(1).describe("A model string, an alias or another route."),
          z.strictObject({
            model: z.string().min(1).describe("A model string, an alias or another route."),
            weight: weight.optional().describe("Its share of the calls. Without one, it is a fallback of those with."),
            when: z
              .strictObject({
                metadata: z.record(z.string().min(1), oneOrMore(scalar)).optional(),
                stream: z.boolean().optional(),
                modality: oneOrMore(modality).optional(),
              })
              .optional()
              .describe("What a call must be for this target to count."),
          }),
        ]),
      )
      .min(1)
      .describe("Where a call may go."),
    order: z.enum(["listed", "cheapest", "fastest"]).optional().describe("Who is tried first. Default listed."),
    splitBy: z
      .enum(["session", "user", "request"])
      .optional()
      .describe("What stays on its side of a split by weight. Default session."),
    require: z
      .strictObject({
        region: oneOrMore(z.string().min(1)).optional(),
        zeroDataRetention: z.boolean().optional(),
        trainsOnData: z.boolean().optional(),
      })
      .optional()
      .describe("What must be stated of a provider for its targets to count."),
    ...requestBounds,
    ...attemptTimeouts,
  })
  .describe("A choice of targets, called as route/<name>.");

const text = z.string().min(1).max(512);
const limit = z
  .strictObject({
    name: z.string().min(1).max(128).describe("Who renames a limit begins at 0."),
    scope: z
      .strictObject({
        organisation: text.optional(),
        project: text.optional(),
        key: text.optional().describe("Id of a client key."),
        user: text.optional(),
        session: text.optional(),
        provider: text.optional().describe("Its name in this file."),
        model: text.optional().describe("The catalogue's name of the model, or provider/model."),
        metadata: z
          .union([
            text.describe("Each value of this key of the metadata has a limit of its own."),
            z.record(text, scalar).describe("Values that a call must have."),
          ])
          .optional(),
      })
      .optional()
      .describe("The calls it is for: those that have all of these values. All calls by default."),
    each: z
      .enum(["organisation", "project", "key", "user", "session", "provider", "model"])
      .optional()
      .describe("Each value of this has a limit of its own."),
    usd: z.number().nonnegative().max(1_000_000_000),
    per: z
      .enum(["hour", "day", "week", "month", "rolling", "total"])
      .describe("Calendar windows begin at their start."),
    windowMs: z
      .int()
      .min(60_000)
      .max(31_536_000_000)
      .optional()
      .describe("Length of a rolling window. Default 86,400,000 (a day)."),
    timeZone: z
      .string()
      .refine(isTimeZone, { error: "is no time zone that is known here" })
      .optional()
      .describe("IANA name of the zone whose calendar counts. Default UTC."),
    alertAt: z
      .array(z.number().positive().max(1))
      .min(1)
      .max(10)
      .optional()
      .describe("Shares of the limit at which the webhook is told. Default 0.8 and 1."),
    webhook: z
      .url({ protocol: /^https?$/ })
      .meta({ format: undefined, pattern: "^https?://|\\$\\{" })
      .optional()
      .describe("Where alerts are posted to."),
  })
  .refine(({ each, scope }) => each === undefined || typeof scope?.metadata !== "string", {
    path: ["each"],
    error: "cannot stand beside a key of the metadata",
  })
  .describe("What may be spent in a window of time.");

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: name }).format(0) !== "";
  } catch {
    return false;
  }
}

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);

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
      .record(name, provider)
      .optional()
      .describe("Providers by the name that model strings call them by. Without this, those of the environment."),
    models: z.record(z.string().min(1), model).optional().describe("Aliases and offers beyond the catalogue's."),
    routes: z.record(name, route).optional().describe("Choices of targets, called as route/<name>."),
    metrics: z.enum(["admin", "public"]).optional().describe("Who may read /metrics. Default admin."),
    maxBodyBytes: z
      .int()
      .positive()
      .max(1_073_741_824)
      .optional()
      .describe("Largest request body. Default 33,554,432 (32 MiB)."),
    ...requestBounds,
    breaker,
    commitAfterMs: milliseconds
      .optional()
      .describe("How long the head of a stream may wait for the first content. Default 5,000."),
    heartbeatMs: milliseconds.optional().describe("Between two comments on a stream that is silent. Default 15,000."),
    stalledReaderMs: milliseconds
      .optional()
      .describe("How long a caller may take nothing of an answer before it is given up. Default 60,000."),
    onDisconnect: z
      .enum(["detach", "cancel"])
      .optional()
      .describe("What becomes of a streamed call when nobody reads it any more. Default detach."),
    disconnectGraceMs: z
      .int()
      .nonnegative()
      .max(86_400_000)
      .optional()
      .describe("How long a detached call goes on without a reader. Default 300,000."),
    streamRetainMs: z
      .int()
      .nonnegative()
      .max(86_400_000)
      .optional()
      .describe("How long a stream is kept after its end; 0 keeps it in memory alone. Default 1,800,000."),
    shutdownGraceMs: z
      .int()
      .nonnegative()
      .max(3_600_000)
      .optional()
      .describe("How long running calls may go on after SIGTERM. Default 30,000."),
    limits: z.array(limit).max(1_000).optional().describe("What may be spent at most."),
    holdWaitMs: z
      .int()
      .nonnegative()
      .max(60_000)
      .optional()
      .describe("How long a call waits for money that others hold. Default 2,000."),
    fitMaxTokens: z
      .boolean()
      .optional()
      .describe("Whether a call that does not fit its limits is bound to as much output as does. Default true."),
    unpricedModels: z
      .enum(["refuse", "allow"])
      .optional()
      .describe("What becomes of a model without a known price where a limit is in scope. Default refuse."),
    catalog: z.string().min(1).optional().describe("File of a published catalogue, laid over the one that is shipped."),
    ...attemptTimeouts,
  })
  .describe("Configuration of a gw gateway.");

export type Config = z.infer<typeof configSchema>;
export type ProviderConfig = NonNullable<Config["providers"]>[string];
