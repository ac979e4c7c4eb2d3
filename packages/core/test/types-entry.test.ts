import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";

const source = join(import.meta.dirname, "..", "src");

/** Everything that a file reaches through its imports: packages by name, and files of ours by path. */
function reach(entry: string): { packages: string[]; files: string[] } {
  const packages = new Set<string>();
  const files = new Set([entry]);
  for (const file of files) {
    for (const { fileName } of ts.preProcessFile(readFileSync(file, "utf8")).importedFiles) {
      if (fileName.startsWith(".")) files.add(join(dirname(file), fileName));
      else packages.add(fileName);
    }
  }
  return { packages: [...packages], files: [...files] };
}

test("./types has no code and reaches no package", () => {
  const { outputText } = ts.transpileModule(readFileSync(join(source, "types.ts"), "utf8"), {
    compilerOptions: { module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
  });
  expect(outputText.trim()).toBe("export {};");
  expect(reach(join(source, "types.ts")).packages).toEqual([]);
});

test("the main entry does not load the schemas' validator", () => {
  expect(reach(join(source, "index.ts")).packages).toEqual([]);
  expect(reach(join(source, "schemas", "index.ts")).packages).toEqual(["zod"]);
});
