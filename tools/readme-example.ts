/** A program and what it prints. */
export interface ReadmeExample {
  readonly code: string;
  readonly output: string;
}

/**
 * The example of a README: its first `ts` block that says what it prints, a line of output on each `// => ` comment.
 *
 * `null` when there is none.
 */
export function readmeExample(markdown: string): ReadmeExample | null {
  for (const [, code = ""] of markdown.matchAll(/^```ts\n(.*?)^```/gms)) {
    const lines = [...code.matchAll(/\/\/ => (.*)$/gm)].map(([, line = ""]) => line);
    if (lines.length > 0) return { code, output: lines.join("\n") };
  }
  return null;
}
