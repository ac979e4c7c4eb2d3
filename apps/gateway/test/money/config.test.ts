import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { isGatewayError } from "@gw/core";
import { describe, expect, it } from "vitest";
import { configuredCatalog } from "../../src/config/configured-models.ts";
import { checkConfig } from "../../src/config/load-config.ts";
import { configuredLimits } from "../../src/money/gateway-limit.ts";
import { newDirectory } from "../operation/gateway-process.ts";
import { price } from "./money-gateway.ts";

const day = { name: "day", usd: 1, per: "day" };

function problemOf(limits: unknown): string {
  try {
    configuredLimits(checkConfig({ limits }, "test"));
    return "none";
  } catch (error) {
    return isGatewayError(error) ? `${error.code} ${error.param}` : "another";
  }
}

describe("limits of a configuration", () => {
  it.each([
    ["are taken", [day, { ...day, name: "each", each: "key" }], "none"],
    ["have each a name of its own", [day, day], "invalid_request limits.1.name"],
    [
      "are grouped by one thing",
      [{ ...day, each: "key", scope: { metadata: "team" } }],
      "invalid_request limits.0.each",
    ],
    ["are never negative", [{ ...day, usd: -1 }], "invalid_request limits.0.usd"],
    ["know their zone", [{ ...day, timeZone: "Mars/Olympus" }], "invalid_request limits.0.timeZone"],
    ["have no field that nobody knows", [{ ...day, hard: true }], "invalid_request limits.0"],
    ["are told to a URL", [{ ...day, webhook: "hook" }], "invalid_request limits.0.webhook"],
  ])("%s", (_what, limits, problem) => {
    expect(problemOf(limits)).toBe(problem);
  });

  it("are scoped and grouped as they are written", () => {
    const scope = { model: "acme/one", metadata: { plan: "free" } };
    const [own, grouped] = configuredLimits(
      checkConfig(
        {
          limits: [
            { ...day, scope, webhook: "https://a.example" },
            { ...day, name: "g", scope: { metadata: "t" } },
          ],
        },
        "",
      ),
    );
    expect(own).toMatchObject({ scope, limitNanoUsd: 1_000_000_000n, alertAt: [0.8, 1] });
    expect(grouped).toMatchObject({ groupBy: "metadata.t", shownScope: { metadata: "t" }, alertAt: [] });
    expect(grouped).not.toHaveProperty("scope");
  });
});

describe("prices of a configuration", () => {
  it("take the place of the catalogue's, and of nothing else that it knows", () => {
    const shipped = configuredCatalog({}).find("openai/gpt-5.5");
    const models = [{ id: "gpt-5.5", price: { ...price, cacheReadUsdPerMillion: 0.1 } }];
    const own = configuredCatalog(checkConfig({ providers: { openai: { apiKey: "k", models } } }, "")).find("gpt-5.5");
    expect(own?.contextTokens).toBe(shipped?.contextTokens);
    expect(own?.offers.slice(1)).toEqual(shipped?.offers.filter(({ provider }) => provider !== "openai"));
    expect(own?.offers[0]?.prices.map(({ rates }) => rates)).toEqual([
      {
        input: { nanoUsd: 1_000_000_000, per: 1_000_000 },
        output: { nanoUsd: 10_000_000_000, per: 1_000_000 },
        cacheRead: { nanoUsd: 100_000_000, per: 1_000_000 },
      },
    ]);
  });

  it("come from a published catalogue where one is named, which has to be sound", () => {
    const file = join(newDirectory(), "catalog.json");
    const published = {
      schemaVersion: 1,
      models: [{ id: "acme/new", maxOutputTokens: 64, sources: "acme" }],
      prices: [{ of: "acme/new", rates: { input: "1", output: "2" }, sources: "acme" }],
    };
    writeFileSync(file, JSON.stringify(published));
    expect(configuredCatalog({ catalog: file }).find("acme/new")?.maxOutputTokens).toBe(64);
    writeFileSync(file, JSON.stringify({ ...published, schemaVersion: 2 }));
    expect(() => configuredCatalog({ catalog: file })).toThrow(
      expect.objectContaining({ code: "invalid_request", param: "catalog" }),
    );
    expect(() => configuredCatalog({ catalog: `${file}.none` })).toThrow(
      expect.objectContaining({ code: "invalid_request" }),
    );
  });
});
