import type { JsonObject } from "@gw/core";
import type { SeededRandom } from "./seeded-random.ts";

const words =
  "amber birch cedar delta ember fern grove harbor island juniper lantern meadow north opal pine quartz river sail tide willow";
const wordList = words.split(" ");

/** A plain word or two, for a text of which nothing is known. */
function plainWords(random: SeededRandom): string {
  return `${random.pick(wordList)} ${random.pick(wordList)}`;
}

/**
 * A string that satisfies the `format`, `pattern`, `minLength` and `maxLength` of a JSON Schema.
 *
 * @param preferred what it should be, where the constraints allow
 */
export function schemaString(schema: JsonObject, random: SeededRandom, preferred: string | undefined): string {
  if (typeof schema.pattern === "string") return patternString(schema.pattern, lengths(schema), random);
  const formatted = typeof schema.format === "string" ? formats[schema.format]?.(random) : undefined;
  if (formatted !== undefined) return formatted;
  return fitLength(preferred ?? plainWords(random), lengths(schema), random);
}

interface Lengths {
  readonly least: number;
  readonly most: number;
}

// Gemini writes counts as strings in its own form of schemas.
function lengths(schema: JsonObject): Lengths {
  const most = Number(schema.maxLength ?? Number.POSITIVE_INFINITY);
  return { least: Number(schema.minLength ?? 0), most };
}

function fitLength(text: string, { least, most }: Lengths, random: SeededRandom): string {
  let fitted = text;
  while ([...fitted].length < least) fitted += ` ${random.pick(wordList)}`;
  const characters = [...fitted];
  return characters.length > most ? characters.slice(0, most).join("") : fitted;
}

const two = (random: SeededRandom, low: number, high: number): string =>
  String(random.integer(low, high)).padStart(2, "0");
const date = (random: SeededRandom): string => `20${two(random, 20, 29)}-${two(random, 1, 12)}-${two(random, 1, 28)}`;
const time = (random: SeededRandom): string => `${two(random, 0, 23)}:${two(random, 0, 59)}:${two(random, 0, 59)}Z`;

const formats: Readonly<Record<string, (random: SeededRandom) => string>> = {
  date,
  time,
  "date-time": (random) => `${date(random)}T${time(random)}`,
  duration: (random) => `PT${random.integer(1, 59)}M`,
  email: (random) => `${random.pick(wordList)}@example.com`,
  hostname: (random) => `${random.pick(wordList)}.example.com`,
  uri: (random) => `https://example.com/${random.pick(wordList)}`,
  url: (random) => `https://example.com/${random.pick(wordList)}`,
  uuid: (random) => `${random.hex(8)}-${random.hex(4)}-4${random.hex(3)}-8${random.hex(3)}-${random.hex(12)}`,
  ipv4: (random) => `192.0.2.${random.integer(1, 254)}`,
  ipv6: (random) => `2001:db8::${random.hex(4)}`,
};

const attempts = 64;

/**
 * A string that a regular expression matches, within the lengths where they can be met: literals, classes, groups,
 * alternatives and counts are understood; the text of a pattern beyond that comes out without a promise.
 */
export function patternString(
  pattern: string,
  bounds: Lengths = { least: 0, most: Number.POSITIVE_INFINITY },
  random: SeededRandom,
): string {
  let best = "";
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const text = new PatternWriter(pattern, random, 1 + (attempt % 16)).write();
    if (!matches(pattern, text)) continue;
    best = text;
    if (text.length >= bounds.least && text.length <= bounds.most) break;
  }
  return best;
}

function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern, "u").test(text);
  } catch {
    return true;
  }
}

const classes: Readonly<Record<string, string>> = {
  d: "0123456789",
  w: "abcdefghijklmnopqrstuvwxyz0123456789_",
  s: " ",
  D: "abcdef",
  W: "-",
  S: "abcdefghij",
  ".": "abcdefghijklmnopqrstuvwxyz",
};

// Walks the pattern once and writes as it goes: a pattern has the grammar `alternative ("|" alternative)*`.
class PatternWriter {
  readonly #pattern: string;
  readonly #random: SeededRandom;
  readonly #spread: number;
  #at = 0;

  constructor(pattern: string, random: SeededRandom, spread: number) {
    this.#pattern = pattern;
    this.#random = random;
    this.#spread = spread;
  }

  write(): string {
    const alternatives = [this.#sequence()];
    while (this.#pattern[this.#at] === "|") {
      this.#at += 1;
      alternatives.push(this.#sequence());
    }
    return this.#random.pick(alternatives);
  }

  #sequence(): string {
    let text = "";
    while (this.#at < this.#pattern.length && this.#pattern[this.#at] !== "|" && this.#pattern[this.#at] !== ")") {
      const start = this.#at;
      let once = this.#atom();
      const end = this.#at;
      const count = this.#count();
      const after = this.#at;
      for (let index = 0; index < count; index += 1) {
        text += once;
        this.#at = start;
        once = this.#atom();
        this.#at = end;
      }
      this.#at = after;
    }
    return text;
  }

  #atom(): string {
    const char = this.#pattern[this.#at] ?? "";
    this.#at += 1;
    switch (char) {
      case "^":
      case "$":
        return "";
      case ".":
        return this.#random.pick([...(classes["."] as string)]);
      case "\\":
        return this.#escape();
      case "[":
        return this.#class();
      case "(": {
        const lead = /^\?(?::|<?[=!]|<[^>]+>)/.exec(this.#pattern.slice(this.#at));
        this.#at += lead?.[0].length ?? 0;
        const text = this.write();
        this.#at += 1;
        return lead !== null && /[=!]$/.test(lead[0]) ? "" : text;
      }
      default:
        return char;
    }
  }

  #escape(): string {
    const char = this.#pattern[this.#at] ?? "";
    this.#at += 1;
    if (char === "b" || char === "B") return "";
    if (char === "p" || char === "P") {
      this.#at = this.#pattern.indexOf("}", this.#at) + 1;
      return "A";
    }
    const set = classes[char];
    if (set !== undefined) return this.#random.pick([...set]);
    return { n: "\n", t: "\t", r: "\r" }[char] ?? char;
  }

  #class(): string {
    const end = this.#classEnd();
    const body = this.#pattern.slice(this.#at, end);
    this.#at = end + 1;
    const negated = body.startsWith("^");
    const members = expandClass(negated ? body.slice(1) : body);
    if (!negated) return members.length === 0 ? "" : this.#random.pick(members);
    const others = [..."abcdefghijklmnopqrstuvwxyzABCXYZ0123456789 -_.,"].filter((char) => !members.includes(char));
    return others.length === 0 ? "" : this.#random.pick(others);
  }

  #classEnd(): number {
    let end = this.#at;
    while (end < this.#pattern.length && this.#pattern[end] !== "]") end += this.#pattern[end] === "\\" ? 2 : 1;
    return end;
  }

  #count(): number {
    const quantifier = /^(?:([*+?])|\{(\d+)(,(\d*))?\})\??/.exec(this.#pattern.slice(this.#at));
    if (quantifier === null) return 1;
    this.#at += quantifier[0].length;
    if (quantifier[1] === "?") return this.#random.integer(0, 1);
    if (quantifier[1] !== undefined) {
      const least = quantifier[1] === "+" ? 1 : 0;
      return this.#random.integer(least, least + this.#spread);
    }
    const least = Number(quantifier[2]);
    if (quantifier[3] === undefined) return least;
    const most = quantifier[4] === "" ? least + this.#spread : Number(quantifier[4]);
    return this.#random.integer(least, Math.min(most, least + this.#spread));
  }
}

function expandClass(body: string): string[] {
  const members: string[] = [];
  for (let at = 0; at < body.length; at += 1) {
    let char = body.charAt(at);
    if (char === "\\") {
      at += 1;
      const set = classes[body.charAt(at)];
      if (set !== undefined && body.charAt(at) !== ".") {
        members.push(...set);
        continue;
      }
      char = body.charAt(at);
    }
    if (body.charAt(at + 1) === "-" && at + 2 < body.length) {
      for (let code = char.charCodeAt(0); code <= body.charCodeAt(at + 2); code += 1) {
        members.push(String.fromCharCode(code));
      }
      at += 2;
    } else {
      members.push(char);
    }
  }
  return members;
}
