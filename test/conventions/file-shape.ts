import ts from "typescript";
import type { SourceFile } from "./source-tree.ts";

const maxLines = 400;
const code = /\.(?:ts|tsx|mjs)$/;
const generated = /\.gen\.[a-z]+$/;
const kebabCase = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9-]+)*\.(?:ts|tsx|mjs)$/;
const nameless = /^(?:utils?|helpers?|common|misc)\.tsx?$/;
const configFile = /(?:^|\/)[a-z]+\.config\.ts$/;

/** Problems with the name, length and exports of a code file, one line each. */
export function fileShapeProblems(file: SourceFile): string[] {
  if (!code.test(file.path) || generated.test(file.path)) return [];
  const name = file.path.slice(file.path.lastIndexOf("/") + 1);
  const problems: string[] = [];
  const lines = file.text.replace(/\n$/, "").split("\n").length;
  if (lines > maxLines) problems.push(`${file.path}: ${lines} lines, more than ${maxLines}`);
  if (!kebabCase.test(name)) problems.push(`${file.path}: the name is not kebab-case`);
  if (nameless.test(name)) problems.push(`${file.path}: the name does not say what the file holds`);
  const source = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest, false);
  if (!configFile.test(file.path) && source.statements.some(isDefaultExport)) {
    problems.push(`${file.path}: has a default export`);
  }
  if (/\/src\/(?:.*\/)?index\.ts$/.test(file.path) && !source.statements.every(isNamedReexport)) {
    problems.push(`${file.path}: holds more than named re-exports`);
  }
  return problems;
}

function isDefaultExport(statement: ts.Statement): boolean {
  if (ts.isExportAssignment(statement)) return true;
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
  return modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword) === true;
}

/** `export { a } from`, or `export type * from`, which adds no name at run time. */
function isNamedReexport(statement: ts.Statement): boolean {
  if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier === undefined) return false;
  return statement.isTypeOnly || (statement.exportClause !== undefined && ts.isNamedExports(statement.exportClause));
}

// Split so that this file does not hold what it looks for.
const registryHost = new RegExp(
  ["registry", "\\.(?:npmjs|npmmirror|yarnpkg)|//[^/\\s\"']*(?:npm|registry)[^/\\s\"']*/[^\\s\"']*\\.tgz"].join(""),
  "i",
);
const homeDirectory = /(?:^|[\s"'`(=:])\/(?:root|home\/[a-z]|Users\/[A-Za-z])/m;

/** Names of package registries and paths of one machine: the repository has to work anywhere. */
export function machineTraceProblems(file: SourceFile): string[] {
  const problems: string[] = [];
  if (registryHost.test(file.text)) problems.push(`${file.path}: names a package registry`);
  if (file.path !== "pnpm-lock.yaml" && homeDirectory.test(file.text)) {
    problems.push(`${file.path}: holds a path of one machine`);
  }
  return problems;
}
