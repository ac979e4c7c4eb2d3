import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { GatewayError, type ProviderPackage } from "@gw/core";

/** The provider packages that come with the gateway: its own dependencies named `@gw/provider-*` that are vendors. */
export function installedProviderPackages(): string[] {
  // By its own name: source and built files lie at different depths.
  const manifest = JSON.parse(readFileSync(new URL(import.meta.resolve("@gw/gateway/package.json")), "utf8")) as {
    dependencies: Record<string, string>;
  };
  return Object.keys(manifest.dependencies).filter(
    (name) => name.startsWith("@gw/provider-") && name !== "@gw/provider-kit",
  );
}

/**
 * Imports what a provider package exports, from the gateway's dependencies or else from the working directory.
 *
 * @throws {GatewayError} `invalid_request` when there is no such package, or it exports no `providerPackage`.
 */
export async function loadProviderPackage(name: string): Promise<ProviderPackage> {
  const module = (await importFrom(name)) as { providerPackage?: ProviderPackage };
  if (module.providerPackage === undefined) {
    throw new GatewayError("invalid_request", `The package ${name} exports no providerPackage`);
  }
  return module.providerPackage;
}

async function importFrom(name: string): Promise<unknown> {
  try {
    return await import(name);
  } catch (cause) {
    if ((cause as { code?: string }).code !== "ERR_MODULE_NOT_FOUND") throw cause;
  }
  try {
    const resolved = createRequire(join(process.cwd(), "package.json")).resolve(name);
    return await import(pathToFileURL(resolved).href);
  } catch (cause) {
    throw new GatewayError("invalid_request", `The provider package ${name} is not installed`, { cause });
  }
}
