import type { Exports, Manifest, WorkspacePackage } from "../../tools/workspace.ts";

const sourceCondition = "@gw/source";

/** `exports` as npm users get them: the condition that points into `src/` taken out. */
function withoutSource(exports: Exports): Exports {
  return Object.fromEntries(
    Object.entries(exports).map(([entry, target]) => [
      entry,
      typeof target === "string"
        ? target
        : Object.fromEntries(Object.entries(target).filter(([condition]) => condition !== sourceCondition)),
    ]),
  );
}

/** What every published manifest must hold. */
const requirements: readonly { readonly problem: string; readonly holds: (manifest: Manifest) => boolean }[] = [
  { problem: "the name is not @gw/<name>", holds: ({ name }) => /^@gw\/[a-z][a-z0-9-]*$/.test(name) },
  { problem: "no description", holds: ({ description }) => (description ?? "").length > 10 },
  { problem: "the license is not Apache-2.0", holds: ({ license }) => license === "Apache-2.0" },
  { problem: "not an ES module", holds: ({ type }) => type === "module" },
  { problem: "sideEffects is not declared", holds: ({ sideEffects }) => sideEffects !== undefined },
  { problem: "no Node range", holds: ({ engines }) => engines?.node !== undefined },
  { problem: "files does not hold dist", holds: ({ files }) => files?.includes("dist") === true },
  { problem: "not public", holds: ({ publishConfig }) => publishConfig?.access === "public" },
  {
    problem: "an entry of exports has no source condition",
    holds: ({ exports }) =>
      exports !== undefined &&
      Object.entries(exports).every(
        ([entry, target]) => entry === "./package.json" || (typeof target === "object" && sourceCondition in target),
      ),
  },
  {
    problem: "publishConfig.exports differs from exports without the source condition",
    // Compared as text: the order of conditions is part of their meaning.
    holds: ({ exports, publishConfig }) =>
      JSON.stringify(withoutSource(exports ?? {})) === JSON.stringify(publishConfig?.exports),
  },
  {
    problem: "a dependency on a package of ours is not workspace:^, or one from npm is not catalog:",
    holds: ({ dependencies, devDependencies }) =>
      Object.entries({ ...dependencies, ...devDependencies }).every(([name, range]) =>
        name.startsWith("@gw/") ? range === "workspace:^" : range === "catalog:",
      ),
  },
];

/** Problems with a package's manifest and the files beside it, one line each. `paths` are all files of the repository. */
export function manifestShapeProblems({ directory, manifest }: WorkspacePackage, paths: ReadonlySet<string>): string[] {
  const missing = ["README.md", "tsconfig.json"].filter((name) => !paths.has(`${directory}/${name}`));
  const problems = missing.map((name) => `${directory}: ${name} is missing`);
  if (manifest.private === true) return problems;
  const failed = requirements.filter(({ holds }) => !holds(manifest));
  return [...problems, ...failed.map(({ problem }) => `${directory}/package.json: ${problem}`)];
}
