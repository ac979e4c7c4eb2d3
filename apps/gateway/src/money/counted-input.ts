import type { DecodedCall } from "../pipeline/decode.ts";
import { type CallBound, requestJson, withRequestTokens } from "./call-bound.ts";
import type { TokenCounter } from "./token-counter.ts";

// Of a longer request the rest counts by bytes.
const maxCountedBytes = 1_048_576;
/** More than any text that makes sense. */
const mostBytesPerToken = 8;
/** What a vendor puts around a request's text is not in it: a tenth more. */
const withMargin = (tokens: number): number => Math.ceil((tokens * 11) / 10);

/** Whether a tokenizer is known for one of the models. */
export function isCountable(bounds: readonly CallBound[]): boolean {
  return bounds.some((bound) => tokenizerOf(bound) !== null);
}

/** The bounds as they would be if a count came out as low as none does. */
export function hopedBounds(bounds: readonly CallBound[], requestBytes: number): readonly CallBound[] {
  const counted = Math.min(requestBytes, maxCountedBytes);
  const tokens = Math.ceil(counted / mostBytesPerToken) + requestBytes - counted;
  return bounds.map((bound) => (tokenizerOf(bound) === null ? bound : withRequestTokens(bound, tokens)));
}

/**
 * The bounds with the request's text as the tokenizer of each model counts it, and a tenth more, where one is known and answers in time;
 * never more than its bytes.
 */
export async function countedBounds(
  bounds: readonly CallBound[],
  call: DecodedCall,
  counter: Pick<TokenCounter, "count">,
  signal: AbortSignal,
): Promise<readonly CallBound[]> {
  const json = requestJson(call);
  const head = json.subarray(0, wholeCharacters(json, maxCountedBytes));
  const restBytes = json.byteLength - head.byteLength;
  const encodings = [...new Set(bounds.map(tokenizerOf).filter((name) => name !== null))];
  const counts = new Map(
    await Promise.all(encodings.map(async (name) => [name, await counter.count(name, head, signal)] as const)),
  );
  return bounds.map((bound) => {
    const count = counts.get(tokenizerOf(bound) ?? "") ?? null;
    return count === null
      ? bound
      : withRequestTokens(bound, withMargin(count.tokens) + count.uncountedBytes + restBytes);
  });
}

function tokenizerOf({ target: { facts } }: CallBound): string | null {
  return facts?.tokenizer ?? null;
}

/** At most so many bytes of UTF-8, none of them half a character's. */
function wholeCharacters(bytes: Uint8Array, most: number): number {
  if (bytes.byteLength <= most) return bytes.byteLength;
  let end = most;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return end;
}
