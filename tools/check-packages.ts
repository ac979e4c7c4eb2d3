/**
 * Checks every published package as its users get it: packs it, lints the tarball (publint, are-the-types-wrong), installs it
 * alone into an empty folder, imports each of its entry points and starts each of its commands on plain Node, and type-checks
 * and runs the example of its README, which has to print what it says.
 *
 * Needs `dist/` of all packages. `node tools/check-packages.ts [package name ...]`; the last line is
 * `N passed, N failed, N skipped`, counted in packages.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startExampleServices } from "./example-services.ts";
import { packPackages, publishedPackages, withDependencies } from "./pack-packages.ts";
import { readmeExample } from "./readme-example.ts";
import { failureOutput, runCommand } from "./run-command.ts";
import type { Manifest } from "./workspace.ts";

const root = join(import.meta.dirname, "..");
const bin = join(root, "node_modules", ".bin");

/** A package and where it is looked at. */
interface Subject {
  readonly name: string;
  readonly manifest: Manifest;
  readonly tarball: string;
  /** Its own and those of ours that it needs. */
  readonly tarballs: readonly string[];
  /** The folder that it is installed into. */
  readonly folder: string;
  /** Of the programs that run in it. */
  readonly environment: NodeJS.ProcessEnv;
}

// In this order: each may need what those before it left behind.
const steps: Readonly<Record<string, (subject: Subject) => Promise<void>>> = {
  async contents({ tarball, folder }) {
    const files = (await runCommand("tar", ["tf", tarball], folder)).split("\n");
    const missing = ["LICENSE", "README.md", "package.json"].filter((file) => !files.includes(`package/${file}`));
    if (missing.length > 0) throw new Error(`not in the tarball: ${missing.join(", ")}`);
  },

  async publint({ tarball }) {
    await runCommand(join(bin, "publint"), ["run", tarball, "--strict"], root);
  },

  async attw({ tarball }) {
    const args = [tarball, "--profile", "esm-only", "--no-definitely-typed", "--no-color"];
    await runCommand(join(bin, "attw"), args, root);
  },

  async install({ folder, tarballs }) {
    await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
    await runCommand("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", ...tarballs], folder);
  },

  async import({ name, manifest, folder }) {
    const imports = Object.keys(manifest.exports ?? {})
      .map((entry) => JSON.stringify(join(name, entry)))
      .map((entry) => (entry.endsWith('.json"') ? `import ${entry} with { type: "json" };` : `import ${entry};`));
    await writeFile(join(folder, "entries.ts"), imports.join("\n"));
    await runCommand(join(bin, "node"), ["entries.ts"], folder);
  },

  async commands({ manifest, folder, environment }) {
    for (const command of Object.keys(manifest.bin ?? {})) {
      await runCommand(join(folder, "node_modules", ".bin", command), ["--help"], folder, environment);
    }
  },

  async types({ name, folder }) {
    const readme = await readFile(join(folder, "node_modules", name, "README.md"), "utf8");
    const example = readmeExample(readme);
    if (example === null) throw new Error("the README has no ```ts block that says what it prints, as in `// => 42`");
    await writeFile(join(folder, "example.ts"), example.code);
    await writeFile(join(folder, "expected-output"), example.output);
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(userConfig));
    await runCommand(join(bin, "tsc"), ["--project", folder], folder);
  },

  async example({ folder, environment }) {
    const printed = (await runCommand(join(bin, "node"), ["example.ts"], folder, environment)).trimEnd();
    const expected = await readFile(join(folder, "expected-output"), "utf8");
    if (printed !== expected) throw new Error(`the README says\n${expected}\nbut its example prints\n${printed}`);
  },
};

/** As a user's project has it, with declarations checked too. */
const userConfig = {
  compilerOptions: {
    target: "es2024",
    module: "nodenext",
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    types: ["node"],
    typeRoots: [join(root, "node_modules", "@types")],
  },
  files: ["entries.ts", "example.ts"],
};

/** The step that fails, and why; `null` when all is well. */
async function firstFailure(subject: Subject): Promise<string | null> {
  await mkdir(subject.folder);
  for (const [step, run] of Object.entries(steps)) {
    try {
      await run(subject);
    } catch (error) {
      return `${step}\n${failureOutput(error)}`;
    }
  }
  return null;
}

const packages = publishedPackages(root);
const wanted = process.argv.length > 2 ? process.argv.slice(2) : [...packages.keys()];
const workDirectory = await mkdtemp(join(tmpdir(), "gw-packages-"));
try {
  const tarballs = await packPackages(root, withDependencies(wanted, packages), packages, workDirectory);
  const services = await startExampleServices(root, join(workDirectory, "data"));
  let failed = 0;
  try {
    for (const name of wanted) {
      const ours = withDependencies([name], packages).map((dependency) => tarballs.get(dependency) as string);
      const failure = await firstFailure({
        name,
        manifest: packages.get(name)?.manifest as Manifest,
        tarball: tarballs.get(name) as string,
        tarballs: ours,
        folder: join(workDirectory, name.replace("/", "-")),
        environment: services.environment,
      });
      if (failure !== null) failed += 1;
      console.log(failure === null ? `ok    ${name}` : `FAIL  ${name}: ${failure}\n`);
    }
  } finally {
    services.close();
  }
  console.log(`${wanted.length - failed} passed, ${failed} failed, 0 skipped`);
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  await rm(workDirectory, { recursive: true, force: true });
}
