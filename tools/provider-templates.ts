import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import type { FileTexts } from "./provider-files.ts";

const folder = join(import.meta.dirname, "provider-template");

/** The templates of a provider package, by their paths with `/`. */
export function readProviderTemplates(): FileTexts {
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [relative(folder, path).split(sep).join("/"), readFileSync(path, "utf8")]),
  );
}
