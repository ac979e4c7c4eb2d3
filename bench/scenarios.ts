import type { LoadResult } from "./load.ts";

/** One thing to measure. */
export interface Scenario {
  readonly name: string;
  readonly path: string;
  readonly stream: boolean;
  readonly concurrency: number;
  /** Events of one answer; 1 for an unstreamed one. */
  readonly eventsPerCall: number;
  body(model: string): string;
  /** Whether a subject takes part: only the gateway translates. */
  reaches(subject: string): boolean;
}

/** One scenario against one subject, once. */
export interface Round {
  readonly scenario: Scenario;
  readonly subject: string;
  readonly result: LoadResult;
  /** Of the subject's process. */
  readonly cpuMicroseconds: number;
}

function prompt(bytes: number): string {
  return "Tell me about the weather in the mountains, please. ".repeat(Math.ceil(bytes / 51)).slice(0, bytes);
}

const everyone = (): boolean => true;
const gatewayAlone = (subject: string): boolean => subject === "gateway";

function chat(bytes: number, concurrency: number, stream: boolean): Scenario {
  const kind = stream ? "stream of 200 events" : "unstreamed";
  return {
    name: `native, ${kind}, ${bytes / 1_000} KB, c=${concurrency}`,
    path: "/v1/chat/completions",
    stream,
    concurrency,
    eventsPerCall: stream ? 201 : 1,
    body: (model) =>
      JSON.stringify({ model, ...(stream && { stream }), messages: [{ role: "user", content: prompt(bytes) }] }),
    reaches: everyone,
  };
}

function translated(stream: boolean): Scenario {
  return {
    name: `translated, ${stream ? "stream of 200 events" : "unstreamed"}, 1 KB, c=32`,
    path: "/v1/messages",
    stream,
    concurrency: 32,
    eventsPerCall: stream ? 201 : 1,
    body: (model) =>
      JSON.stringify({
        model,
        max_tokens: 500,
        ...(stream && { stream }),
        messages: [{ role: "user", content: prompt(1_000) }],
      }),
    reaches: gatewayAlone,
  };
}

export const scenarios: readonly Scenario[] = [
  chat(1_000, 1, false),
  chat(1_000, 32, false),
  chat(100_000, 1, false),
  chat(100_000, 32, false),
  chat(1_000, 32, true),
  translated(false),
  translated(true),
];
