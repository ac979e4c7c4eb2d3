import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Operation } from "./operation.ts";

const secondsBuckets = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
const addedBuckets = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25];

/** What the gateway measures of itself, for Prometheus. Labels hold no caller's text: only configured and catalogued names. */
export class GatewayMetrics {
  readonly registry: Registry = new Registry();
  readonly #requests: Counter<"endpoint" | "provider" | "status" | "code">;
  readonly #duration: Histogram<"endpoint" | "provider">;
  readonly #firstContent: Histogram<"endpoint" | "provider">;
  readonly #added: Histogram<"lane">;
  readonly #tokens: Counter<"provider" | "class">;
  readonly #running: Gauge;
  readonly #series = new Map<string, Series>();

  constructor() {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.#requests = new Counter({
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
    this.#tokens = new Counter({
      name: "gw_tokens_total",
      help: "Tokens that vendors reported; input includes cached ones, output includes reasoning.",
      labelNames: ["provider", "class"],
      registers,
    });
    this.#running = new Gauge({ name: "gw_running_requests", help: "Calls that have not ended.", registers });
  }

  started(): void {
    this.#running.inc();
  }

  observe(operation: Operation): void {
    const { endpoint, lastAttempt, usage, durationMs, firstContentMs } = operation;
    const provider = lastAttempt?.provider ?? "none";
    const series = this.#seriesOf(endpoint, provider, lastAttempt?.lane ?? "none");
    this.#running.dec();
    this.#requests.labels(endpoint, provider, String(operation.httpStatus ?? 0), operation.error?.code ?? "ok").inc();
    if (durationMs !== null) {
      series.duration.observe(durationMs / 1_000);
      if (!operation.stream) series.added?.observe(Math.max(0, durationMs - operation.upstreamMs) / 1_000);
    }
    if (operation.stream && firstContentMs !== null) series.firstContent.observe(firstContentMs / 1_000);
    if (usage?.inputTokens != null) series.inputTokens.inc(usage.inputTokens);
    if (usage?.outputTokens != null) series.outputTokens.inc(usage.outputTokens);
    if (usage?.cacheReadTokens != null) series.cacheReadTokens.inc(usage.cacheReadTokens);
  }

  /** The library hashes labels at every call; the few combinations there are can be kept. */
  #seriesOf(endpoint: string, provider: string, lane: string): Series {
    const key = `${endpoint} ${provider} ${lane}`;
    let series = this.#series.get(key);
    if (series === undefined) {
      series = {
        duration: this.#duration.labels(endpoint, provider),
        firstContent: this.#firstContent.labels(endpoint, provider),
        added: lane === "none" ? null : this.#added.labels(lane),
        inputTokens: this.#tokens.labels(provider, "input"),
        outputTokens: this.#tokens.labels(provider, "output"),
        cacheReadTokens: this.#tokens.labels(provider, "cache_read"),
      };
      this.#series.set(key, series);
    }
    return series;
  }
}

interface Series {
  readonly duration: Histogram.Internal<"endpoint" | "provider">;
  readonly firstContent: Histogram.Internal<"endpoint" | "provider">;
  readonly added: Histogram.Internal<"lane"> | null;
  readonly inputTokens: Counter.Internal;
  readonly outputTokens: Counter.Internal;
  readonly cacheReadTokens: Counter.Internal;
}
