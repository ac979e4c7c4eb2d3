import ts from "typescript";
import type { WorkspacePackage } from "../../tools/workspace.ts";
import type { SourceFile } from "./source-tree.ts";

/** What a package may use at run time. */
interface Rule {
  /** Packages of ours, without `@gw/`; `*` stands for all of them. */
  readonly ours: readonly string[];
  /** Packages from npm; `*` where docs/architecture.md leaves the choice to the package. */
  readonly theirs: readonly string[] | "*";
  /** Runs outside Node too: no `node:` module. */
  readonly portable?: boolean;
}

const rules: Readonly<Record<string, Rule>> = {
  core: { ours: [], theirs: ["zod"], portable: true },
  dialects: { ours: ["core"], theirs: [], portable: true },
  catalog: { ours: ["core"], theirs: [], portable: true },
  "provider-kit": { ours: ["core", "dialects"], theirs: ["undici", "eventsource-parser"] },
  "provider-testkit": { ours: ["core"], theirs: ["vitest"] },
  sandbox: { ours: ["core", "dialects"], theirs: ["gpt-tokenizer"] },
  failover: { ours: ["core"], theirs: [], portable: true },
  "stream-buffer": { ours: [], theirs: "*" },
  billing: { ours: ["core", "catalog"], theirs: "*" },
  "cog-runner": { ours: ["core", "provider-kit"], theirs: "*" },
  client: { ours: ["core/types"], theirs: [], portable: true },
  gateway: { ours: ["*"], theirs: "*" },
  dashboard: { ours: [], theirs: "*" },
};
const providerRule: Rule = { ours: ["core", "dialects", "provider-kit"], theirs: [], portable: true };

function ruleOf(name: string): Rule | undefined {
  return rules[name] ?? (name.startsWith("provider-") ? providerRule : undefined);
}

/** The package of a module specifier: `@gw/core/types` -> `@gw/core`. */
function packageOf(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

function allows(rule: Rule, specifier: string): boolean {
  if (specifier.startsWith("@gw/")) {
    return rule.ours.some(
      (ours) => ours === "*" || specifier === `@gw/${ours}` || specifier.startsWith(`@gw/${ours}/`),
    );
  }
  return rule.theirs === "*" || rule.theirs.includes(packageOf(specifier));
}

/** Problems with what a package's manifest declares, one line each. */
export function manifestArrowProblems({ manifest }: WorkspacePackage): string[] {
  const name = manifest.name.replace("@gw/", "");
  const rule = ruleOf(name);
  if (rule === undefined) return [`${manifest.name}: has no rule in test/conventions/dependency-arrows.ts`];
  const declared = [...Object.keys(manifest.dependencies ?? {}), ...Object.keys(manifest.peerDependencies ?? {})];
  return declared
    .filter((dependency) => !rule.ours.some((ours) => packageOf(`@gw/${ours}`) === dependency))
    .filter((dependency) => !allows(rule, dependency))
    .map((dependency) => `${manifest.name}: may not depend on ${dependency}`);
}

/** Problems with what a source file imports, one line each. */
export function importArrowProblems(file: SourceFile, { manifest }: WorkspacePackage): string[] {
  const rule = ruleOf(manifest.name.replace("@gw/", ""));
  if (rule === undefined) return [];
  const declared = { ...manifest.dependencies, ...manifest.peerDependencies };
  const problems: string[] = [];
  for (const { fileName: specifier } of ts.preProcessFile(file.text, true, true).importedFiles) {
    if (specifier.startsWith(".") || specifier.startsWith("#")) continue;
    if (specifier.startsWith("node:")) {
      if (rule.portable) problems.push(`${file.path}: imports ${specifier}, but runs outside Node too`);
    } else if (packageOf(specifier) === manifest.name) {
      problems.push(`${file.path}: imports its own package by name`);
    } else if (!allows(rule, specifier)) {
      problems.push(`${file.path}: may not import ${specifier}`);
    } else if (!(packageOf(specifier) in declared)) {
      problems.push(`${file.path}: imports ${specifier}, which package.json does not declare`);
    }
  }
  return problems;
}
