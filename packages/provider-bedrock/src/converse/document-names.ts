const illegal = /[^A-Za-z0-9\s\-()[\]]+/g;

/**
 * Names for the documents of one request. The format demands one of each, of letters, digits, single spaces, hyphens,
 * parentheses and square brackets; no two may be the same.
 *
 * @see @aws-sdk/client-bedrock-runtime 3.1162 `DocumentBlock`; that names have to differ is unverified
 */
export class DocumentNames {
  readonly #used = new Set<string>();

  /** The legal name nearest to the one that was given. */
  next(given: string | undefined): string {
    const base = (given ?? "").replace(illegal, "-").replace(/\s+/g, " ").trim().slice(0, 180) || "document";
    let name = base;
    for (let n = 2; this.#used.has(name); n++) name = `${base} (${n})`;
    this.#used.add(name);
    return name;
  }
}
