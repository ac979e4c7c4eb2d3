import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { GenaiComparison } from "../../src/commands/genai-prices.ts";
import { type GatewayProcess, newDirectory, runGw } from "../operation/gateway-process.ts";
import { price } from "./money-gateway.ts";

let gateway: GatewayProcess | null = null;
afterEach(async () => {
  gateway?.kill("SIGKILL");
  await gateway?.ended();
  gateway = null;
});

/** What Node runs before the command. */
function beforehand(program: string): NodeJS.ProcessEnv {
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(program)}` };
}

const withoutNetwork = beforehand(`
  import { Socket } from "node:net";
  Socket.prototype.connect = () => { throw new Error("no network"); };
`);
const withoutPackage = beforehand(`
  import { registerHooks } from "node:module";
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier.startsWith("@pydantic/")) throw new Error("not here");
      return next(specifier, context);
    },
  });
`);

describe("gw prices diff genai-prices", () => {
  it("compares the configured prices with the installed package's, offline", async () => {
    const directory = newDirectory();
    const models = [{ id: "gpt-5.5", price }];
    writeFileSync(join(directory, "gateway.yaml"), JSON.stringify({ providers: { openai: { apiKey: "k", models } } }));
    const compared = async (...options: string[]): Promise<GenaiComparison> => {
      const process = runGw(["prices", "diff", "genai-prices", ...options], directory, withoutNetwork);
      expect(await process.ended()).toBe(0);
      return JSON.parse(process.output.stdout) as GenaiComparison;
    };
    const own = await compared();
    writeFileSync(join(directory, "empty.yaml"), "{}");
    const shipped = await compared("--config", "empty.yaml");
    expect(shipped.compared).toBeGreaterThanOrEqual(200);
    const of = ({ differences }: GenaiComparison) =>
      differences.filter((one) => one.offer === "openai/gpt-5.5" && one.aboveInputTokens === null);
    expect(of(shipped)).toEqual([]);
    // Both state it, at 5 USD a million.
    expect(of(own)).toContainEqual(
      expect.objectContaining({
        class: "input",
        one: { nanoUsd: 1e9, per: 1e6 },
        other: { nanoUsd: 5e9, per: 1e6 },
      }),
    );
    for (const { other } of own.differences) expect(other).not.toBeNull();
  }, 60_000);

  it("is the only one to load the package", async () => {
    const directory = newDirectory();
    gateway = runGw(["start"], directory, withoutPackage);
    await gateway.ready();
    const diff = runGw(["prices", "diff", "genai-prices"], directory, withoutPackage);
    expect(await diff.ended()).not.toBe(0);
    expect(await runGw(["prices", "diff"], directory, withoutPackage).ended()).toBe(0);
  }, 60_000);
});
