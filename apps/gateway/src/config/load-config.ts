import { readFileSync } from "node:fs";
import { GatewayError } from "@gw/core";
import { parse } from "yaml";
import { type Config, configSchema } from "./config-schema.ts";

/**
 * Reads and checks a configuration file (YAML or JSON), with `${NAME}` in any text replaced from the environment.
 *
 * @throws {GatewayError} `invalid_request` that names the file and the field at fault, never a value from the environment.
 */
export function loadConfig(file: string, environment: NodeJS.ProcessEnv): Config {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const problem =
      code === "ENOENT" ? "There is no configuration file" : `${code}: cannot read the configuration file`;
    throw new GatewayError("invalid_request", `${problem} ${file}`, { cause });
  }
  let parsed: unknown;
  try {
    parsed = parse(text) ?? {};
  } catch (cause) {
    throw new GatewayError("invalid_request", `${file} is neither YAML nor JSON: ${firstLine(cause)}`);
  }
  return checkConfig(expand(parsed, environment, file, []), file);
}

/** Checks a configuration that is already a value. @throws {GatewayError} `invalid_request`. */
export function checkConfig(value: unknown, source: string): Config {
  const result = configSchema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join(".") || "(top)"}: ${issue.message}`);
  throw new GatewayError("invalid_request", `${source}: ${problems.join("; ")}`, {
    param: result.error.issues[0]?.path.join(".") ?? "",
  });
}

/** @param within the values that this one stands in, the outermost first */
function expand(value: unknown, environment: NodeJS.ProcessEnv, file: string, within: readonly unknown[]): unknown {
  if (typeof value === "string") {
    return value.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_match, name: string) => {
      const found = environment[name];
      if (found === undefined || found === "") {
        throw new GatewayError("invalid_request", `${file}: the environment variable ${name} is not set`, {
          param: name,
        });
      }
      return found;
    });
  }
  if (typeof value !== "object" || value === null) return value;
  // YAML lets a value refer to one that it stands in.
  if (within.includes(value))
    throw new GatewayError("invalid_request", `${file}: an alias stands in what it refers to`);
  const inner = (item: unknown): unknown => expand(item, environment, file, [...within, value]);
  if (Array.isArray(value)) return value.map(inner);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inner(item)]));
}

function firstLine(cause: unknown): string {
  return cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause);
}
