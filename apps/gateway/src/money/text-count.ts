/** How much of a request's text was counted. */
export interface TextCount {
  readonly tokens: number;
  /** Of what is no text, or was not reached in time: each of these bytes may be a token. */
  readonly uncountedBytes: number;
}

// Tokenizers take quadratic time on text without spaces; runs of this length count within 1 in 1,000 of whole ones (measured 2026-11).
const longestRun = 400;
// No word is as long. Pictures and files are, in base64, and no tokenizer ever sees those.
const leastData = 256;

/**
 * Counts the text of a request in JSON.
 *
 * @param isLate asked before each run: from then on bytes are counted
 */
export function countText(json: string, countTokens: (run: string) => number, isLate: () => boolean): TextCount {
  const text = withoutEscapes(json);
  let [tokens, uncountedBytes, start] = [0, 0, 0];
  const count = (end: number): void => {
    for (const run of runs(text.slice(start, end))) {
      if (isLate()) uncountedBytes += Buffer.byteLength(run);
      else tokens += countTokens(run);
    }
  };
  for (const { 0: word, index } of text.matchAll(/[\w+/-]+/g)) {
    if (word.length < leastData) continue;
    count(index);
    uncountedBytes += word.length;
    start = index + word.length;
  }
  count(text.length);
  return { tokens, uncountedBytes };
}

function* runs(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    let end = Math.min(text.length, start + longestRun);
    if (end < text.length) {
      const space = text.lastIndexOf(" ", end);
      if (space > start) end = space;
      else if (/[\uD800-\uDBFF]/.test(text.charAt(end - 1))) end -= 1;
    }
    yield text.slice(start, end);
    start = end;
  }
}

/** Some clients send each letter beyond ASCII as an escape, which a model never sees. */
function withoutEscapes(json: string): string {
  if (!json.includes("\\u")) return json;
  return json.replace(/\\\\|\\u([0-9a-fA-F]{4})/g, (written, code: string | undefined) =>
    code === undefined ? written : String.fromCharCode(Number.parseInt(code, 16)),
  );
}
