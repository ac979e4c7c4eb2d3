import ts from "typescript";
import type { SourceFile } from "./source-tree.ts";

// Long words are found inside identifiers too; short ones only where they stand alone.
const vendor = new RegExp(
  [
    "openai|anthropic|claude|google|gemini|vertex|azure|bedrock|mistral|groq|grok|deepseek|cohere(?!n)|perplexity|together-?ai",
    "fireworks|cerebras|moonshot|kimi|alibaba|dashscope|qwen|hugging-?face|openrouter|ollama|replicate(?!d)|elevenlabs|deepgram",
    "assembly-?ai|cartesia|recraft|pixverse|minimax|bytedance|cloudflare|workers-?ai|nvidia|sambanova|vllm",
    "\\b(?:xai|zai|fal|luma|runway|vidu|voyage|kling|inworld|gladia)\\b",
  ].join("|"),
  "gi",
);

// The names of wire formats: ids, the exports of @gw/dialects, and in words.
const wireFormat =
  /openai[- ]?(?:chat|responses|embeddings|images|videos|speech|transcriptions?)|anthropic[- ]?messages|gemini(?![-\w.]*\d)|cohere-?rerank/gi;

/** Places where shared code has to name a vendor, and why. */
const exceptions: readonly { readonly path: string; readonly word: string; readonly reason: string }[] = [
  {
    path: "packages/core/src/model-string.ts",
    word: "workers-ai",
    reason: "the prefixes @cf/ and @hf/ are part of the model string's grammar and mean one provider",
  },
];

/** True for code that may know vendors by name: their own packages, data, the sandbox and the codecs. */
function mayNameVendors(path: string): boolean {
  return /^packages\/(?:provider-(?!kit\/|testkit\/)[^/]+|sandbox|dialects)\/|^packages\/catalog\/src\/data\//.test(
    path,
  );
}

/** Vendor names in the code and strings of a shared file, one line each. Comments may cite them as sources. */
export function vendorNameProblems(file: SourceFile): string[] {
  if (mayNameVendors(file.path)) return [];
  const allowed = exceptions.filter(({ path }) => path === file.path).map(({ word }) => word);
  return withoutComments(file)
    .split("\n")
    .flatMap((line, index) =>
      [...line.replace(wireFormat, "").matchAll(vendor)]
        .filter(([word]) => !allowed.includes(word.toLowerCase()))
        .map(([word]) => `${file.path}:${index + 1}: names the vendor ${word}`),
    );
}

/** The file's tokens, each on its line and without the comments between them. */
function withoutComments(file: SourceFile): string {
  const source = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest, false);
  let text = "";
  let end = 0;
  const visit = (node: ts.Node): void => {
    if (ts.isJSDoc(node)) return;
    const children = node.getChildren(source);
    for (const child of children) visit(child);
    if (children.length > 0 || node.end === node.getStart(source)) return;
    text += `${file.text.slice(end, node.getStart(source)).replace(/[^\n]/g, "")} ${node.getText(source)}`;
    end = node.end;
  };
  visit(source);
  return text;
}
