import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What our tools read of a `package.json`. */
export interface Manifest {
  readonly name: string;
  readonly description?: string;
  readonly private?: boolean;
  readonly license?: string;
  readonly type?: string;
  readonly sideEffects?: boolean | readonly string[];
  readonly engines?: { readonly node?: string };
  readonly files?: readonly string[];
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Exports;
  readonly publishConfig?: { readonly access?: string; readonly exports?: Exports };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** Entry point -> what it resolves to, by condition. */
export type Exports = Readonly<Record<string, string | Readonly<Record<string, unknown>>>>;

/** A package of this repository. */
export interface WorkspacePackage {
  /** Relative to the root, with `/`: `packages/core`. */
  readonly directory: string;
  readonly manifest: Manifest;
}

/** Every package below `packages/` and `apps/`. */
export function readWorkspace(root: string): WorkspacePackage[] {
  return ["packages", "apps"].flatMap((parent) =>
    readdirSync(join(root, parent))
      .sort()
      .map((name) => `${parent}/${name}`)
      .filter((directory) => existsSync(join(root, directory, "package.json")))
      .map((directory) => ({
        directory,
        manifest: JSON.parse(readFileSync(join(root, directory, "package.json"), "utf8")) as Manifest,
      })),
  );
}
