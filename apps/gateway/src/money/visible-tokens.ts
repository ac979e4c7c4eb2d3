// Fields in which formats put what a model says, and the JSON text that follows them. What is escaped is longer than what it means.
const said =
  /"(?:content|text|delta|arguments|partial_json|thinking|reasoning|reasoning_content|refusal|response|signature|data|input)"\s*:\s*"((?:[^"\\]|\\.)*)"/g;

/** At most how many tokens of output an event holds that the caller can see: one for each byte of what the model says. */
export function visibleTokens(bytes: Uint8Array | string): number {
  const text =
    typeof bytes === "string"
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  let count = 0;
  for (const match of text.matchAll(said)) count += match[1]?.length ?? 0;
  // What is said in another way, such as the arguments of a call as an object, is all of it.
  return count === 0 ? text.length : count;
}
