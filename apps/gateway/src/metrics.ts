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
    const { endpoint, lastAttempt, usage } = operation;
    const provider = lastAttempt?.provider ?? "none";
    this.#running.dec();
    this.#requests.inc({
      endpoint,
      provider,
      status: String(operation.httpStatus ?? 0),
      code: operation.error?.code ?? "ok",
    });
    if (operation.durationMs !== null) {
      this.#duration.observe({ endpoint, provider }, operation.durationMs / 1_000);
      if (!operation.stream && lastAttempt !== null) {
        this.#added.observe(
          { lane: lastAttempt.lane },
          Math.max(0, operation.durationMs - operation.upstreamMs) / 1_000,
        );
      }
    }
    if (operation.stream && operation.firstContentMs !== null) {
      this.#firstContent.observe({ endpoint, provider }, operation.firstContentMs / 1_000);
    }
    if (usage?.inputTokens != null) this.#tokens.inc({ provider, class: "input" }, usage.inputTokens);
    if (usage?.outputTokens != null) this.#tokens.inc({ provider, class: "output" }, usage.outputTokens);
    if (usage?.cacheReadTokens != null) this.#tokens.inc({ provider, class: "cache_read" }, usage.cacheReadTokens);
  }
}
