/** Path below the package -> text. */
export type FileTexts = Readonly<Record<string, string>>;

const suffix = ".template";

/**
 * The files of a new provider package, from the templates.
 *
 * @param name the vendor as model strings will name it: lower-case words joined by hyphens
 * @param date today, as YYYY-MM-DD
 * @throws {TypeError} for a name of another form
 */
export function providerFiles(name: string, templates: FileTexts, date: string): FileTexts {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name))
    throw new TypeError(`"${name}" must be lower-case words joined by hyphens, such as acme or acme-cloud`);
  const words = name.split("-");
  const values: Readonly<Record<string, string>> = {
    name,
    date,
    title: words.map(capitalised).join(" "),
    factory: words.map((word, index) => (index === 0 ? word : capitalised(word))).join(""),
    environment: words.join("_").toUpperCase(),
  };
  return Object.fromEntries(
    Object.entries(templates).map(([path, text]) => [
      path.replace("src/provider.ts", `src/${name}.ts`).slice(0, -suffix.length),
      text.replaceAll(/\{\{(\w+)\}\}/g, (mark, key: string) => values[key] ?? mark),
    ]),
  );
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
