import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readEnvironment } from "../../src/commands/environment.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import { createGateway } from "../../src/index.ts";
import { newDirectory, runGw } from "./gateway-process.ts";

interface ShownKey {
  readonly id: string;
  readonly key: string;
}

/** Runs a command to its end. */
async function run(directory: string, environment: NodeJS.ProcessEnv, ...args: string[]) {
  const process = runGw(args, directory, environment);
  const exitCode = await process.ended();
  return { exitCode, ...process.output };
}

describe("gw keys", () => {
  it("makes, lists and revokes keys beside a running gateway, which heeds them within a second or so", async () => {
    const directory = newDirectory();
    const gateway = runGw(["start"], directory, { GW_ADMIN_KEY: "gw_a" });
    try {
      const url = await gateway.ready();
      const status = async (key: string, model = "openai/gpt-5.4-mini"): Promise<number> => {
        const body = JSON.stringify({ model, messages: [{ role: "user", content: "a" }] });
        const headers = { authorization: `Bearer ${key}` };
        return (await fetch(`${url}/v1/chat/completions`, { method: "POST", headers, body })).status;
      };
      const made = await run(
        directory,
        {},
        ...["keys", "create", "--name", "ci", "--organisation", "acme", "--project", "bots"],
        ...["--model", "openai/*", "anthropic/claude-sonnet-5", "--expires", "2099-01-01T00:00:00Z"],
        ...["--usd", "5", "--on-disconnect", "cancel;grace=5", "--per", "day"],
      );
      expect(made.exitCode).toBe(0);
      const { id, key, ...rest } = JSON.parse(made.stdout) as ShownKey;
      expect(key).toMatch(/^gw_[A-Za-z0-9_-]{43}$/);
      expect(rest).toEqual({
        name: "ci",
        organisation: "acme",
        project: "bots",
        metadata: {},
        models: ["openai/*", "anthropic/claude-sonnet-5"],
        limits: [{ usd: 5, per: "day" }],
        on_disconnect: "cancel;grace=5",
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        expires_at: "2099-01-01T00:00:00.000Z",
      });
      await expect.poll(() => status(key), { timeout: 5_000 }).toBe(200);
      expect(await status(key, "google/gemini-2.5-flash")).toBe(403);

      const listed = await run(directory, {}, "keys", "list");
      expect(JSON.parse(listed.stdout)).toEqual([{ id, ...rest }]);
      expect(listed.stdout).not.toContain(key);

      const revoked = await run(directory, {}, "keys", "revoke", id);
      expect([revoked.exitCode, JSON.parse(revoked.stdout)]).toEqual([0, { id, deleted: true }]);
      await expect.poll(() => status(key), { timeout: 5_000 }).toBe(401);
      expect((await run(directory, {}, "keys", "revoke", id)).exitCode).toBe(1);
    } finally {
      gateway.kill("SIGKILL");
    }
  });

  it.each([
    ["a time that is none", ["keys", "create", "--name", "a", "--expires", "soon"], /--expires/],
    ["an unknown command", ["keys", "print"], /print/],
  ])("refuses %s with a word on stderr and exit code 1", async (_name, args, message) => {
    const { exitCode, stdout, stderr } = await run(newDirectory(), {}, ...args);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(message);
    expect(stdout).toBe("");
  });
});

describe("gw check", () => {
  it("approves of a good file and of none, in a line on stdout", async () => {
    const directory = newDirectory();
    expect(await run(directory, {}, "check")).toEqual({
      exitCode: 0,
      stdout: "the environment is a valid configuration\n",
      stderr: "",
    });
    writeFileSync(join(directory, "gateway.yaml"), 'providers: { openai: { apiKey: "${KEY}" } }');
    expect(await run(directory, { KEY: "sk-1" }, "check")).toEqual({
      exitCode: 0,
      stdout: "gateway.yaml is a valid configuration\n",
      stderr: "",
    });
  });

  it("names what is wrong in a line on stderr, never a secret, and exits 1", async () => {
    const directory = newDirectory();
    writeFileSync(join(directory, "gateway.yaml"), 'providers: { openai: { apiKey: "k", baseUrl: "${SECRET}" } }');
    const { exitCode, stdout, stderr } = await run(directory, { SECRET: "sk-very-secret" }, "check");
    expect([exitCode, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^gw: gateway\.yaml: providers\.openai\.baseUrl: .*\n$/);
    expect(stderr).not.toContain("sk-very-secret");
  });

  it("refuses a value that refers to itself, and takes one that two places refer to", () => {
    const file = join(newDirectory(), "gateway.yaml");
    writeFileSync(file, "providers: &all { openai: { apiKey: k }, again: *all }");
    expect(() => loadConfig(file, {})).toThrow(expect.objectContaining({ code: "invalid_request" }));
    writeFileSync(file, "providers: { openai: &one { apiKey: k }, second: *one }");
    expect(loadConfig(file, {}).providers).toEqual({ openai: { apiKey: "k" }, second: { apiKey: "k" } });
  });

  it.each([
    [
      "an option that its provider does not know",
      { openai: { apiKey: "k", colour: "red" } },
      /providers\.openai: .*colour/,
    ],
    ["a provider without its key", { openai: {} }, /providers\.openai: .*apiKey/],
    ["a package that is not there", { house: {} }, /@gw\/provider-house is not installed/],
    ["a package that is no provider", { house: { package: "yaml" } }, /yaml exports no providerPackage/],
  ])("names %s", async (_name, providers, message) => {
    const made = createGateway({ config: { providers }, environment: {} });
    await expect(made).rejects.toMatchObject({ code: "invalid_request", message: expect.stringMatching(message) });
  });
});

describe("the environment", () => {
  it("has defaults, and an option of the command before its variable", () => {
    expect(readEnvironment({}, undefined)).toEqual({
      host: undefined,
      port: undefined,
      configFile: null,
      dataDirectory: ".gw",
      adminKey: undefined,
      sandbox: "auto",
      logLevel: "info",
    });
    expect(readEnvironment({ GW_CONFIG: "a.yaml", GW_PORT: "0" }, undefined)).toMatchObject({
      configFile: "a.yaml",
      port: 0,
    });
    expect(readEnvironment({ GW_CONFIG: "a.yaml" }, "b.yaml").configFile).toBe("b.yaml");
  });

  it.each([
    [{ GW_PORT: "web" }, "GW_PORT"],
    [{ GW_PORT: "70000" }, "GW_PORT"],
    [{ GW_SANDBOX: "maybe" }, "GW_SANDBOX"],
    [{ GW_LOG_LEVEL: "loud" }, "GW_LOG_LEVEL"],
  ])("that makes no sense is named: %j", (environment, param) => {
    expect(() => readEnvironment(environment, undefined)).toThrow(
      expect.objectContaining({ code: "invalid_request", param }),
    );
  });
});
