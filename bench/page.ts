import { existsSync, readFileSync, writeFileSync } from "node:fs";

const page = new URL("../docs/performance.md", import.meta.url);
/** In the order in which they stand on the page. */
const sections = ["calls", "failover", "streams", "money"] as const;

/** A part of `docs/performance.md` that one bench writes. */
export type Section = (typeof sections)[number];

/** Writes a part of the page anew; the others stay as their benches wrote them. */
export function writeSection(section: Section, text: string): void {
  const before = existsSync(page) ? readFileSync(page, "utf8") : "";
  const parts = sections.map((name) => (name === section ? text.trim() : partOf(before, name)));
  const marked = parts.flatMap((part, index) =>
    part === null ? [] : [marks(sections[index] as Section).join(`\n\n${part}\n\n`)],
  );
  writeFileSync(page, `# Performance\n\n${marked.join("\n\n")}\n`);
}

function partOf(text: string, section: Section): string | null {
  const [start, end] = marks(section);
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  return from === -1 || to === -1 ? null : text.slice(from + start.length, to).trim();
}

function marks(section: Section): readonly [string, string] {
  return [`<!-- ${section}: begin -->`, `<!-- ${section}: end -->`];
}
