import type { Round, Scenario } from "./scenarios.ts";

/** What one subject came to in one scenario: medians over the rounds. */
interface Figures {
  readonly callsPerSecond: number;
  readonly cpuMicrosecondsPerCall: number;
  /** In the round where it was least. */
  readonly leastCpuMicrosecondsPerCall: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly firstEventP50Ms: number | null;
  /** Share of calls that took 35 to 45 ms: Nagle and delayed acknowledgements meet there. */
  readonly shareNear40Ms: number;
}

/** The rounds as tables, for a page. */
export function report(
  rounds: readonly Round[],
  facts: { readonly machine: string; readonly commit: string; readonly rounds: number },
): string {
  const scenarios = [...new Set(rounds.map((round) => round.scenario))];
  return [
    "What the gateway adds to a call, measured by `pnpm bench --write` in one run and in turns: straight to a local upstream, through a",
    "bare node:http + undici proxy, through the gateway with authentication, metrics, books and logs on, and through other",
    "gateways where they are installed. Absolute numbers belong to the machine and swing with whatever else it does at the time; the",
    "ratios are what to read. Of processor time the least of the rounds is given too: neighbours can only add to it.",
    "",
    `Machine: ${facts.machine}, shared by the load generator, the upstream and what is measured. Medians of ${facts.rounds} rounds. Commit ${facts.commit}.`,
    "",
    ...scenarios.flatMap((scenario) => table(scenario, rounds)),
    ...translationRatios(rounds),
  ].join("\n");
}

function table(scenario: Scenario, rounds: readonly Round[]): string[] {
  const subjects = [...new Set(rounds.filter((round) => round.scenario === scenario).map((round) => round.subject))];
  const direct = subjects.includes("direct") ? figures(scenario, "direct", rounds) : null;
  const bare = subjects.includes("bare proxy") ? figures(scenario, "bare proxy", rounds) : null;
  const unit = scenario.stream ? "events/s" : "requests/s";
  const rows = subjects.map((subject) => {
    const mine = figures(scenario, subject, rounds);
    return [
      subject,
      (mine.callsPerSecond * scenario.eventsPerCall).toFixed(0),
      bare === null ? "" : (mine.callsPerSecond / bare.callsPerSecond).toFixed(2),
      subject === "direct" ? "" : mine.cpuMicrosecondsPerCall.toFixed(1),
      bare === null || subject === "direct"
        ? ""
        : (mine.cpuMicrosecondsPerCall / bare.cpuMicrosecondsPerCall).toFixed(2),
      subject === "direct" ? "" : mine.leastCpuMicrosecondsPerCall.toFixed(1),
      bare === null || subject === "direct"
        ? ""
        : (mine.leastCpuMicrosecondsPerCall / bare.leastCpuMicrosecondsPerCall).toFixed(2),
      mine.p50Ms.toFixed(3),
      direct === null ? "" : (mine.p50Ms - direct.p50Ms).toFixed(3),
      mine.p99Ms.toFixed(2),
      mine.firstEventP50Ms === null ? "" : mine.firstEventP50Ms.toFixed(3),
      `${(mine.shareNear40Ms * 100).toFixed(2)} %`,
    ];
  });
  const head = [
    "",
    unit,
    "of bare",
    "CPU µs/call",
    "of bare",
    "least CPU µs/call",
    "of bare",
    "p50 ms",
    "added p50 ms",
    "p99 ms",
    "first event p50 ms",
    "near 40 ms",
  ];
  return [`## ${scenario.name}`, "", line(head), line(head.map(() => "---")), ...rows.map(line), ""];
}

function translationRatios(rounds: readonly Round[]): string[] {
  const cpu = (start: string, streamed: boolean): number | null => {
    const scenario = rounds.find(
      (round) =>
        round.scenario.name.startsWith(start) &&
        round.scenario.stream === streamed &&
        round.scenario.concurrency === 32,
    )?.scenario;
    return scenario === undefined ? null : figures(scenario, "gateway", rounds).cpuMicrosecondsPerCall;
  };
  return [false, true].flatMap((streamed) => {
    const native = cpu("native", streamed);
    const translated = cpu("translated", streamed);
    if (native === null || translated === null) return [];
    const kind = streamed ? "streamed" : "unstreamed";
    return [`Translated lane against native lane, ${kind}: ${(translated / native).toFixed(2)} times the CPU.`, ""];
  });
}

function figures(scenario: Scenario, subject: string, rounds: readonly Round[]): Figures {
  const mine = rounds.filter((round) => round.scenario === scenario && round.subject === subject);
  const over = (figure: (round: Round) => number): number => median(mine.map(figure));
  return {
    callsPerSecond: over(({ result }) => (result.calls / result.elapsedMs) * 1_000),
    cpuMicrosecondsPerCall: over(({ result, cpuMicroseconds }) => cpuMicroseconds / result.calls),
    leastCpuMicrosecondsPerCall: Math.min(...mine.map(({ result, cpuMicroseconds }) => cpuMicroseconds / result.calls)),
    p50Ms: over(({ result }) => percentile(result.latenciesMs, 0.5)),
    p99Ms: over(({ result }) => percentile(result.latenciesMs, 0.99)),
    firstEventP50Ms: scenario.stream ? over(({ result }) => percentile(result.firstEventMs, 0.5)) : null,
    shareNear40Ms: over(
      ({ result }) => result.latenciesMs.filter((latency) => latency >= 35 && latency <= 45).length / result.calls,
    ),
  };
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}
