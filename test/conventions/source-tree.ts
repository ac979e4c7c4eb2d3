import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** One file of the repository. */
export interface SourceFile {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly text: string;
}

const ignoredDirectories = new Set(["node_modules", "dist", ".git", ".turbo", ".gw", "coverage"]);
const textFile = /\.(?:ts|tsx|mjs|js|json|jsonl|ya?ml|md|html|css|sse|txt)$|(?:^|\/)(?:run|LICENSE|\.gitignore)$/;

/** Every text file of ours: no dependencies, no build output, no generated API reference. */
export function readSourceTree(root: string): SourceFile[] {
  const files: SourceFile[] = [];
  const visit = (directory: string): void => {
    for (const entry of readdirSync(join(root, directory), { withFileTypes: true })) {
      const path = directory === "" ? entry.name : `${directory}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!ignoredDirectories.has(entry.name) && path !== "docs/api") visit(path);
      } else if (textFile.test(path)) {
        files.push({ path, text: readFileSync(join(root, path), "utf8") });
      }
    }
  };
  visit("");
  return files;
}

/** The TypeScript below `src/` of every package and app. */
export function isPackageSource(file: SourceFile): boolean {
  return /^(?:packages|apps)\/[^/]+\/src\/.*\.tsx?$/.test(file.path);
}
