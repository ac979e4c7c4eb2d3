import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const entry = join(import.meta.dirname, "../src/index.ts");
const script = `
  import { registerHooks } from "node:module";
  let loaded = false;
  registerHooks({ resolve(name, context, next) { loaded ||= name === "undici"; return next(name, context); } });
  const { platformTransport } = await import(${JSON.stringify(entry)});
  console.log(platformTransport.name, loaded);
`;

test.each([
  [[], "undiciTransport true"],
  [["workerd"], "fetchTransport false"],
  [["browser"], "fetchTransport false"],
])("under the conditions %j the transport, and whether undici is loaded, is %s", async (conditions, said) => {
  const flags = ["@gw/source", ...conditions].map((condition) => `--conditions=${condition}`);
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, "--input-type=module", "-e", script]);
  expect(stdout.trim()).toBe(said);
});
