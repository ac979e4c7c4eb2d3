/** The account that every cost is posted to, whatever limits there are. */
export const usageAccount = "usage";

/** The one account in pico-USD. */
export const roundingAccount = "rounding";

/** The last part of an account that is for all calls together. */
export const everyCall = "*";

/**
 * The account of a limit in one window.
 *
 * @param fromMs when the window begins, in ms since 1970; `null` for all time
 * @param group of `groupOf`, or `everyCall`; empty for what the ids of all groups of a window begin with
 */
export function limitAccountId(
  { name, per }: { readonly name: string; readonly per: string },
  fromMs: number | null,
  group: string,
): string {
  return `limit/${idPart(name)}/${per}/${fromMs === null ? "always" : isoOf(fromMs)}/${group}`;
}

/** The account of a credit balance. */
export function creditAccountId(name: string): string {
  return `credits/${idPart(name)}`;
}

/** The last part of an account that is for one value; `null`: for calls without one, whose group no value can name. */
export function groupOf(value: string | null): string {
  return value === null ? "-" : `=${idPart(value)}`;
}

/** The value that a last part is for; `null` where it is for calls without one, or for all. */
export function groupValueOf(group: string): string | null {
  return group.startsWith("=") ? decodeURIComponent(group.slice(1)) : null;
}

/** An account without its window: what is given back in one step of a rolling window is room in the next. */
export function withoutWindow(account: string): string {
  const parts = account.split("/");
  return parts[0] === "limit" ? [...parts.slice(0, 3), ...parts.slice(4)].join("/") : account;
}

/**
 * Which accounts add up by themselves: those of one limit or one credit balance, or all costs.
 *
 * The counter-accounts of a book are `holds/<book>` and, by provider, `spend/<book>/<provider>`; of credits also
 * `top-ups/<book>` and `fees/<book>`.
 */
export function bookOf(account: string): string {
  const [first = "", second, third] = account.split("/", 3);
  if (first === "holds" || first === "spend" || first === "top-ups" || first === "fees") {
    return second === "limit" || second === "credits" ? `${second}/${third}` : (second ?? "");
  }
  return first === "limit" || first === "credits" ? `${first}/${second}` : first;
}

/** The counter-account of what a provider was paid. */
export function spendAccount(account: string, provider: string): string {
  const { spend, book } = countersOf(account);
  let counter = spend.get(provider);
  if (counter === undefined) {
    counter = `spend/${book}/${encodeURIComponent(provider)}`;
    spend.set(provider, counter);
  }
  return counter;
}

/** The counter-account of what is held. */
export function holdsAccount(account: string): string {
  return countersOf(account).holds;
}

/** Whether it is the counter-account of what is held. */
export function isHoldsAccount(account: string): boolean {
  return account.startsWith("holds/");
}

/** The counter-account of what was paid into a credit balance. */
export function topUpsAccount(account: string): string {
  return `top-ups/${bookOf(account)}`;
}

/** The counter-account of what paying into a credit balance cost. */
export function feesAccount(account: string): string {
  return `fees/${bookOf(account)}`;
}

interface Counters {
  readonly book: string;
  readonly holds: string;
  /** By provider. */
  readonly spend: Map<string, string>;
}

// A name that is put together again has to be hashed again, for each entry of each call.
const counters = new Map<string, Counters>();
const maxCounters = 10_000;

function countersOf(account: string): Counters {
  let known = counters.get(account);
  if (known === undefined) {
    const book = bookOf(account);
    known = { book, holds: `holds/${book}`, spend: new Map() };
    if (counters.size >= maxCounters) counters.clear();
    counters.set(account, known);
  }
  return known;
}

// Each call asks for the same few windows, and writing a date takes longer than all else here.
const isoTexts = new Map<number, string>();
const maxIsoTexts = 1_000;

function isoOf(atMs: number): string {
  let text = isoTexts.get(atMs);
  if (text === undefined) {
    text = new Date(atMs).toISOString();
    if (isoTexts.size >= maxIsoTexts) isoTexts.clear();
    isoTexts.set(atMs, text);
  }
  return text;
}

// A lone surrogate, which JSON can carry, has no encoding.
function idPart(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
