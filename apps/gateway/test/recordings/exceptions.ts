import type { TextFormat } from "./corpus.ts";

// Where a recording does not come through as it is, by name and with the reason. Rules that hold for all stand in the tests.

/** An exception that a test knows how to expect. */
export interface Exception {
  readonly reason: string;
}

/** Errors that were recorded with status 200: the caller gets the status that the error itself speaks of. */
export const errorsInAnswers: Readonly<Record<string, Exception & { readonly status: number }>> = {
  "azure/chat__openllmetry-testing__refusal-filter.json": {
    reason: 'a filter\'s refusal, with `"status": 400` in the body',
    status: 400,
  },
  "vercel-ai/openai/responses/openai-error.1.chunks.txt": { reason: "an error event before any content", status: 429 },
};

/** Bodies that do not say one thing, made by hand for some other project's tests. */
export const contradictory: Readonly<Record<string, Exception>> = {
  "vercel-ai/anthropic/spliced-message-start.chunks.txt": { reason: "a second answer begins inside the first" },
  "vercel-ai/openai/responses/openai-shell-container.1.chunks.txt": {
    reason: "the deltas say less than the finished text",
  },
};

/** Requests that cannot be said in a format: the gateway refuses them with `unsupported_capability`. */
export const untranslatable: Readonly<Record<string, Exception & { readonly targets: readonly TextFormat[] }>> = {
  "openai/chat__gpt-4o-audio-preview__audio-in.json": {
    reason: "the format has no audio",
    targets: ["anthropic-messages"],
  },
  "openai/chat__gpt-audio-mini__audio-in.json": { reason: "the format has no audio", targets: ["anthropic-messages"] },
  "anthropic/messages__claude-sonnet-5__pdf-in_cache-write.json": {
    reason: "a file that only another vendor's file API can read",
    targets: ["gemini"],
  },
  "anthropic/messages__claude-sonnet-5__cache-hit.json": {
    reason: "a file that only another vendor's file API can read",
    targets: ["gemini"],
  },
  "openai/responses__gpt-5-nano__pdf-in.json": {
    reason: "a file that only another vendor's file API can read",
    targets: ["gemini"],
  },
};

/** Requests of which another vendor would refuse something that only the caller can put right: what it would object to. */
export const faultyRequests: Readonly<Record<string, Exception & { readonly faults: RegExp }>> = {
  "anthropic/messages__claude-3-5-sonnet-20241022__plain.json": {
    reason: "a value below 0, which only its own vendor takes",
    faults: /^top_?[pP] is not in 0\.\.1: -1$/,
  },
  "openai/responses__none__image-in_pdf-in.json": {
    reason: "all that is said is in a prompt that its own vendor stores",
    faults: /^(?:messages|contents) are missing$/,
  },
  "openai/chat__gpt-4o-mini__toolresult.json": {
    reason: "a tool's name that begins with a digit; no name is changed on the way",
    faults: /^(?:functionDeclarations|contents)\[.*\bname is no name: 0$/,
  },
  "openai/chat__gpt-4o-mini__toolresult-stream.json": {
    reason: "a tool's name that begins with a digit; no name is changed on the way",
    faults: /^(?:functionDeclarations|contents)\[.*\bname is no name: 0$/,
  },
};
