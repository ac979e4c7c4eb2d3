// Which of its public encodings the vendor's own tokenizer takes for a model: by whole names, then by how names begin, in this order.
// @see https://github.com/openai/tiktoken/blob/4e71bbe0c078468e00fefbf94b39849389f346e5/tiktoken/model.py (2026-08-16)
const named: Readonly<Record<string, string>> = {
  o1: "o200k_base",
  o3: "o200k_base",
  "o4-mini": "o200k_base",
  "gpt-4.1": "o200k_base",
  "gpt-4o": "o200k_base",
  "gpt-4": "cl100k_base",
  "gpt-3.5-turbo": "cl100k_base",
  "text-embedding-ada-002": "cl100k_base",
  "text-embedding-3-small": "cl100k_base",
  "text-embedding-3-large": "cl100k_base",
};
const begun = [
  ["o1-", "o200k_base"],
  ["o3-", "o200k_base"],
  ["o4-mini-", "o200k_base"],
  ["gpt-5", "o200k_base"],
  ["gpt-4.5-", "o200k_base"],
  ["gpt-4.1-", "o200k_base"],
  ["chatgpt-4o-", "o200k_base"],
  ["gpt-4o-", "o200k_base"],
  ["gpt-4-", "cl100k_base"],
  ["gpt-3.5-turbo-", "cl100k_base"],
] as const;
/** The same, of models with open weights: they count alike wherever they are served. */
const openWeights = [/(?:^|[/.])gpt-oss-/, "o200k_harmony"] as const;

/** The encoding that a model's text is counted by; `undefined` where its author does not say. @param id the catalogue's */
export function tokenizerOf(id: string): string | undefined {
  const [pattern, open] = openWeights;
  if (pattern.test(id)) return open;
  const [vendor, name = ""] = id.split("/", 2);
  if (vendor !== "openai") return undefined;
  return named[name] ?? begun.find(([prefix]) => name.startsWith(prefix))?.[1];
}
