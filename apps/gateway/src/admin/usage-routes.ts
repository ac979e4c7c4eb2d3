import { type DimensionName, type UsageRow, usageOf } from "@gw/billing";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Till } from "../money/till.ts";
import { usdNumber, usdText } from "../money/usd.ts";
import { parseRequest } from "./parse-request.ts";

const dimension = /^(?:organisation|project|key|user|session|provider|model|metadata\..{1,64})$/;
const time = z.union([z.iso.datetime({ offset: true }), z.iso.date()]).optional();

/** What `GET /admin/v1/usage` takes in its query. */
export const usageQuerySchema = z.strictObject({
  group_by: z
    .string()
    .max(1_024)
    .refine((names) => names.split(",").every((name) => dimension.test(name)), {
      error:
        "must be organisation, project, key, user, session, provider, model or metadata.<key>, with commas between",
    })
    .optional()
    .describe("Names with commas between; all calls together by default."),
  from: time.describe("The first moment; the beginning of the books by default."),
  to: time.describe("The first moment that is no longer part of it; now by default."),
  format: z.enum(["json", "csv"]).optional().describe("Default json, or what the header Accept says."),
});

/** `/admin/v1/usage`: what calls came to, by any dimensions. */
export function usageRoutes(app: FastifyInstance, till: Till): void {
  app.get("/admin/v1/usage", async (request, reply) => {
    const { group_by: names, from, to, format } = parseRequest(usageQuerySchema, request.query);
    const groupBy = (names?.split(",") ?? []) as DimensionName[];
    await till.flush();
    const rows = await usageOf(till.store, {
      groupBy,
      fromMs: from === undefined ? 0 : Date.parse(from),
      // Corrections and calls that end in this very millisecond are part of it.
      toMs: to === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(to),
    });
    const csv = format === "csv" || (format === undefined && request.headers.accept?.includes("text/csv") === true);
    if (!csv) return { data: rows.map(publicRow) };
    reply.header("content-type", "text/csv; charset=utf-8");
    return csvOf(groupBy, rows);
  });
}

/** One row as the outside sees it. */
function publicRow({ group, ...row }: UsageRow) {
  return { group, cost_usd: usdNumber(row.costNanoUsd), ...countsOf(row) };
}

function countsOf({ requests, errors, unpricedRequests, estimatedRequests, tokens }: Omit<UsageRow, "group">) {
  return {
    requests,
    errors,
    unpriced_requests: unpricedRequests,
    estimated_requests: estimatedRequests,
    input_tokens: tokens.input ?? 0,
    output_tokens: tokens.output ?? 0,
    cache_read_tokens: tokens.cacheRead ?? 0,
    cache_write_tokens: tokens.cacheWrite ?? 0,
    reasoning_tokens: tokens.reasoning ?? 0,
    web_searches: tokens.webSearches ?? 0,
    cache_savings_usd: usdNumber(BigInt(tokens.cacheSavingsNanoUsd ?? 0)),
  };
}

function csvOf(groupBy: readonly string[], rows: readonly UsageRow[]): string {
  const lines = rows.map(({ group, ...row }) => [
    ...groupBy.map((name) => cell(group[name] ?? "")),
    usdText(row.costNanoUsd),
    ...Object.values(countsOf(row)).map(String),
  ]);
  const [first] = rows;
  const counts = Object.keys(countsOf(first ?? noUsage));
  return `${[[...groupBy.map(cell), "cost_usd", ...counts], ...lines].map((line) => line.join()).join("\r\n")}\r\n`;
}

const noUsage = { costNanoUsd: 0n, requests: 0, errors: 0, unpricedRequests: 0, estimatedRequests: 0, tokens: {} };

// A value that begins like a formula is run as one by spreadsheets.
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
