import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { type Composition, compose } from "../../src/composition.ts";
import { checkConfig } from "../../src/config/load-config.ts";
import { SessionAffinity } from "../../src/routing/session-affinity.ts";
import { TargetSpeeds } from "../../src/routing/target-speeds.ts";
import { targetsOf } from "./resolved.ts";

const noSandbox = () => Promise.reject(new Error("The sandbox is not wanted"));

async function composed<Result>(
  config: unknown,
  look: (composition: Composition) => Result | Promise<Result>,
): Promise<Result> {
  const composition = await compose({
    config: checkConfig(config, "config"),
    environment: {},
    sandboxMode: "off",
    sandbox: noSandbox,
  });
  try {
    return await look(composition);
  } finally {
    await composition.close();
  }
}

describe("a provider", () => {
  it("is called with each of its keys, all under its one name", async () => {
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      request.resume().on("end", () => response.writeHead(401).end());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    const apiKeys = ["k1", { key: "k2", weight: 3 }];
    await composed({ providers: { openai: { baseUrl, apiKeys } } }, async ({ providers }) => {
      const keys = providers.get("openai")?.keys ?? [];
      expect(keys.map(({ label, weight, provider }) => [label, weight, provider.id])).toEqual([
        ["openai", 1, "openai"],
        ["openai#2", 3, "openai"],
      ]);
      for (const { provider } of keys) {
        await expect(provider.text?.generate({ model: "m", messages: [] })).rejects.toMatchObject({
          code: "authentication_failed",
        });
      }
    });
    server.close();
    expect(seen).toEqual(["Bearer k1", "Bearer k2"]);
  });

  it("has one key under its own name where it has no list of them", async () => {
    await composed({ providers: { openai: { apiKey: "k" } } }, ({ providers }) => {
      expect(providers.get("openai")?.keys.map(({ label, weight }) => [label, weight])).toEqual([["openai", 1]]);
    });
  });

  it("states its policy, or nothing", async () => {
    const stated = { region: "eu-central-1", zeroDataRetention: true, trainsOnData: false, quantization: "fp8" };
    const nothing = { region: null, zeroDataRetention: null, trainsOnData: null, quantization: null };
    await composed(
      { providers: { openai: { apiKey: "k", ...stated }, anthropic: { apiKey: "k" } } },
      ({ providers }) => {
        expect(providers.get("openai")?.policy).toEqual(stated);
        expect(providers.get("anthropic")?.policy).toEqual(nothing);
      },
    );
  });

  it("gets its region as an option where its package has one", async () => {
    const bedrock = { apiKey: "k", region: "eu-central-1" };
    await composed({ providers: { bedrock } }, ({ providers }) => {
      expect(providers.get("bedrock")?.policy.region).toBe("eu-central-1");
    });
    await expect(composed({ providers: { bedrock: { apiKey: "k" } } }, () => {})).rejects.toMatchObject({
      code: "invalid_request",
      param: "providers.bedrock",
    });
  });

  it("cannot have one key and several", async () => {
    await expect(composed({ providers: { openai: { apiKey: "k", apiKeys: ["l"] } } }, () => {})).rejects.toMatchObject({
      code: "invalid_request",
      param: "providers.openai.apiKeys",
    });
  });
});

describe("a composition", () => {
  const providers = { openai: { apiKey: "k" }, anthropic: { apiKey: "k" } };

  it("has its routes, over aliases and models of its own", async () => {
    const config = {
      providers: { ...providers, openai: { apiKey: "k", models: [{ id: "own", price: price(1) }] } },
      models: { good: "anthropic/claude-opus-4-6" },
      routes: { smart: { order: "cheapest", targets: ["good", "openai/own"] } },
    };
    await composed(config, (composition) => {
      expect(targetsOf("route/smart", composition)).toEqual(["openai/own", "anthropic/claude-opus-4-6"]);
    });
  });

  it.each([
    ["bedrock/anything", "routes.smart.targets.0"],
    ["meta/llama-9", "routes.smart.targets.0"],
    ["route/none", "routes.smart.targets.0"],
  ])("does not start with a route to %s, which nobody could serve", async (target, param) => {
    const config = { providers, routes: { smart: { targets: [target] } } };
    await expect(composed(config, () => {})).rejects.toMatchObject({ code: "invalid_request", param });
  });

  it("leaves a model that the catalogue does not know to the provider that is named", async () => {
    const config = { providers, routes: { smart: { targets: ["openai/gpt-of-tomorrow"] } } };
    await composed(config, (composition) => {
      expect(targetsOf("route/smart", composition)).toEqual(["openai/gpt-of-tomorrow"]);
    });
  });

  it("keeps through a reload what calls have taught", async () => {
    const previous = { affinity: new SessionAffinity(), speeds: new TargetSpeeds() };
    const next = await compose({
      config: {},
      environment: {},
      sandboxMode: "off",
      sandbox: noSandbox,
      previous,
    });
    expect([next.affinity, next.speeds]).toEqual([previous.affinity, previous.speeds]);
    expect(next.affinity).toBe(previous.affinity);
    await next.close();
  });

  it("bounds a request as configured", async () => {
    await composed({ providers, deadlineMs: 5_000, maxAttempts: 2 }, ({ settings }) => {
      expect([settings.deadlineMs, settings.maxAttempts]).toEqual([5_000, 2]);
    });
  });
});

function price(usd: number) {
  return { inputUsdPerMillion: usd, outputUsdPerMillion: usd };
}
