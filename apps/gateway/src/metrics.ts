import type { CircuitHealth } from "@gw/failover";
import { collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Attempt, Operation } from "./operation.ts";
import { type Tallied, Tally } from "./tally.ts";

const secondsBuckets = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
const addedBuckets = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25];

/** What metrics ask the rest of the gateway. */
export interface MetricSources {
  /** Whether the catalogue or the configuration has this model of a provider. Callers make others up, and labels must not grow. */
  lists(provider: string, model: string): boolean;
  /** By `provider/model`. */
  circuits(): ReadonlyMap<string, CircuitHealth>;
}

/** What the gateway measures of itself, for Prometheus. Labels hold no caller's text: only configured and catalogued names. */
export class GatewayMetrics {
  readonly registry: Registry = new Registry();
  readonly #requests: Tally<"endpoint" | "provider" | "status" | "code">;
  readonly #duration: Histogram<"endpoint" | "provider">;
  readonly #firstContent: Histogram<"endpoint" | "provider">;
  readonly #added: Histogram<"lane">;
  readonly #tokens: Tally<"provider" | "class">;
  readonly #series = new Map<string, Series>();
  readonly #attempts: Tally<"provider" | "model" | "code">;
  readonly #spendUsd: Tally<"provider" | "model">;
  readonly #unpriced: Tally<"provider">;
  readonly #sources: MetricSources;
  #running = 0;

  constructor(sources: MetricSources) {
    this.#sources = sources;
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.#requests = new Tally({
      name: "gw_requests_total",
      help: "Calls that ended, by endpoint, provider, HTTP status and error code.",
      labelNames: ["endpoint", "provider", "status", "code"],
      registers,
    });
    this.#duration = new Histogram({
      name: "gw_request_duration_seconds",
      help: "From the request's arrival to the end of the answer.",
      labelNames: ["endpoint", "provider"],
      buckets: secondsBuckets,
      registers,
    });
    this.#firstContent = new Histogram({
      name: "gw_time_to_first_token_seconds",
      help: "From the request's arrival to the first content of a streamed answer.",
      labelNames: ["endpoint", "provider"],
      buckets: secondsBuckets,
      registers,
    });
    this.#added = new Histogram({
      name: "gw_added_latency_seconds",
      help: "Part of an unstreamed call that was not spent waiting for the vendor.",
      labelNames: ["lane"],
      buckets: addedBuckets,
      registers,
    });
    this.#tokens = new Tally({
      name: "gw_tokens_total",
      help: "Tokens that vendors reported; input includes cached ones, output includes reasoning.",
      labelNames: ["provider", "class"],
      registers,
    });
    this.#attempts = new Tally({
      name: "gw_attempts_total",
      help: "Times that a vendor was asked, by provider, model where it is a known one, and what came of it.",
      labelNames: ["provider", "model", "code"],
      registers,
    });
    this.#spendUsd = new Tally({
      name: "gw_spend_usd_total",
      help: "What calls cost, as far as prices are known, by the provider that answered and model where it is a known one.",
      labelNames: ["provider", "model"],
      registers,
    });
    this.#unpriced = new Tally({
      name: "gw_unpriced_requests_total",
      help: "Calls whose cost is not known, for want of a price.",
      labelNames: ["provider"],
      registers,
    });
    new Gauge({
      name: "gw_open_breakers",
      help: "Models of a provider whose breaker is open, or waits for its probe.",
      labelNames: ["provider"],
      registers,
      collect() {
        for (const [provider, open] of openBreakers(sources.circuits())) this.labels(provider).set(open);
      },
    });
    const running = (): number => this.#running;
    new Gauge({
      name: "gw_running_requests",
      help: "Calls that have not ended.",
      registers,
      collect() {
        this.set(running());
      },
    });
  }

  started(): void {
    this.#running += 1;
  }

  observe(operation: Operation): void {
    const { endpoint, lastAttempt, usage, durationMs, firstContentMs } = operation;
    const provider = lastAttempt?.provider ?? "none";
    const series = this.#seriesOf(endpoint, provider, lastAttempt?.lane ?? "none");
    this.#running -= 1;
    const status = String(operation.httpStatus ?? 0);
    this.#requests.of(endpoint, provider, status, operation.error?.code ?? "ok").count += 1;
    if (durationMs !== null) {
      series.duration.observe(durationMs / 1_000);
      if (!operation.stream) series.added?.observe(Math.max(0, durationMs - operation.upstreamMs) / 1_000);
    }
    if (operation.stream && firstContentMs !== null) series.firstContent.observe(firstContentMs / 1_000);
    for (const attempt of operation.attempts) this.#countAttempt(attempt);
    if (lastAttempt !== null) this.#countCost(lastAttempt, operation.costNanoUsd);
    series.inputTokens.count += usage?.inputTokens ?? 0;
    series.outputTokens.count += usage?.outputTokens ?? 0;
    series.cacheReadTokens.count += usage?.cacheReadTokens ?? 0;
  }

  #countAttempt({ provider, model, error }: Attempt): void {
    const known = this.#sources.lists(provider, model) ? model : "other";
    this.#attempts.of(provider, known, error?.code ?? "ok").count += 1;
  }

  #countCost({ provider, model }: Attempt, costNanoUsd: bigint | null): void {
    if (costNanoUsd === null) this.#unpriced.of(provider).count += 1;
    else if (costNanoUsd > 0n) {
      const known = this.#sources.lists(provider, model) ? model : "other";
      this.#spendUsd.of(provider, known).count += Number(costNanoUsd) / 1e9;
    }
  }

  /** The few combinations of labels that there are can be kept. */
  #seriesOf(endpoint: string, provider: string, lane: string): Series {
    const key = `${endpoint} ${provider} ${lane}`;
    let series = this.#series.get(key);
    if (series === undefined) {
      series = {
        duration: this.#duration.labels(endpoint, provider),
        firstContent: this.#firstContent.labels(endpoint, provider),
        added: lane === "none" ? null : this.#added.labels(lane),
        inputTokens: this.#tokens.of(provider, "input"),
        outputTokens: this.#tokens.of(provider, "output"),
        cacheReadTokens: this.#tokens.of(provider, "cache_read"),
      };
      this.#series.set(key, series);
    }
    return series;
  }
}

function openBreakers(circuits: ReadonlyMap<string, CircuitHealth>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const [circuit, { openUntilMs }] of circuits) {
    const provider = circuit.slice(0, circuit.indexOf("/"));
    counts.set(provider, (counts.get(provider) ?? 0) + (openUntilMs > 0 ? 1 : 0));
  }
  return counts;
}

interface Series {
  readonly duration: Histogram.Internal<"endpoint" | "provider">;
  readonly firstContent: Histogram.Internal<"endpoint" | "provider">;
  readonly added: Histogram.Internal<"lane"> | null;
  readonly inputTokens: Tallied;
  readonly outputTokens: Tallied;
  readonly cacheReadTokens: Tallied;
}
