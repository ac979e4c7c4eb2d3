/** Gives the calls of one answer their ids: the server's own, or one derived from where the call stands. */
export class AnswerCallIds {
  readonly #used = new Set<string>();

  /** @param answerId the answer's id; with the position it makes an id that the next answer does not have */
  take(wireId: string, answerId: string | null, position: number): string {
    const seed = answerId?.replace(/[^a-zA-Z0-9]/g, "") ?? "";
    let id = wireId === "" || this.#used.has(wireId) ? `call_${seed}_${position}` : wireId;
    while (this.#used.has(id)) id += "_";
    this.#used.add(id);
    return id;
  }
}

const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const length = 9;
const legal = /^[a-zA-Z0-9]{9}$/;

/**
 * Ids of nine letters and digits for a conversation's calls. Ids that are so already stay; the others always get the same
 * one, and no two get one.
 *
 * @see https://github.com/openclaw/openclaw/issues/57672 (2026-03-30): Mistral answers other ids with 400, code 3280
 */
export function nineLetterIds(ids: Iterable<string>): ReadonlyMap<string, string> {
  const rewritten = new Map<string, string>();
  const all = new Set(ids);
  const taken = new Set([...all].filter((id) => legal.test(id)));
  for (const id of all) {
    if (legal.test(id)) {
      rewritten.set(id, id);
      continue;
    }
    let short = nineLetters(id);
    for (let attempt = 1; taken.has(short); attempt++) short = nineLetters(`${id} ${attempt}`);
    taken.add(short);
    rewritten.set(id, short);
  }
  return rewritten;
}

// FNV-1a over 64 bits: no security hangs on it, a collision is rehashed above.
function nineLetters(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const char of text) hash = BigInt.asUintN(64, (hash ^ BigInt(char.codePointAt(0) ?? 0)) * 0x100000001b3n);
  let letters = "";
  while (letters.length < length) {
    letters += alphabet[Number(hash % 62n)];
    hash /= 62n;
  }
  return letters;
}
