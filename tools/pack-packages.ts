import { join } from "node:path";
import { runCommand } from "./run-command.ts";
import { readWorkspace, type WorkspacePackage } from "./workspace.ts";

/** The packages that are published, by name. */
export function publishedPackages(root: string): ReadonlyMap<string, WorkspacePackage> {
  const published = readWorkspace(root).filter(({ manifest }) => manifest.private !== true);
  return new Map(published.map((item) => [item.manifest.name, item]));
}

/** These packages and all of ours that they need at run time. */
export function withDependencies(
  names: readonly string[],
  packages: ReadonlyMap<string, WorkspacePackage>,
): readonly string[] {
  const found = new Set(names);
  for (const current of found) {
    for (const dependency of Object.keys(packages.get(current)?.manifest.dependencies ?? {})) {
      if (packages.has(dependency)) found.add(dependency);
    }
  }
  return [...found];
}

/** Packs packages as they would be published: name -> path of the tarball. Needs their `dist/`. */
export async function packPackages(
  root: string,
  names: readonly string[],
  packages: ReadonlyMap<string, WorkspacePackage>,
  destination: string,
): Promise<ReadonlyMap<string, string>> {
  const tarballs = new Map<string, string>();
  for (const name of names) {
    const item = packages.get(name);
    if (item === undefined) throw new TypeError(`${name} is no published package`);
    const args = ["pack", "--json", "--pack-destination", destination];
    const output = await runCommand("pnpm", args, join(root, item.directory));
    tarballs.set(name, (JSON.parse(output) as { filename: string }).filename);
  }
  return tarballs;
}
