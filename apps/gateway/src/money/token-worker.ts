import { parentPort } from "node:worker_threads";
import { countText, type TextCount } from "./text-count.ts";

// The thread that TokenCounter starts. Loading an encoding takes some 300 ms and 60 MB (measured 2026-11), so that none is loaded
// before somebody asks for it.

/** What is to be counted. */
export interface CountRequest {
  readonly id: number;
  readonly encoding: string;
  /** UTF-8. */
  readonly json: Uint8Array;
  /** When the rest is to be counted by bytes, in ms since 1970. */
  readonly untilMs: number;
}

/** How it came out; `null`: nobody knows the encoding here. */
export interface CountReply {
  readonly id: number;
  readonly count: TextCount | null;
}

type Encoding = Pick<typeof import("gpt-tokenizer/encoding/o200k_base"), "countTokens">;

const encodings: Readonly<Record<string, () => Promise<Encoding>>> = {
  o200k_base: () => import("gpt-tokenizer/encoding/o200k_base"),
  o200k_harmony: () => import("gpt-tokenizer/encoding/o200k_harmony"),
  cl100k_base: () => import("gpt-tokenizer/encoding/cl100k_base"),
};
// What looks like a control token in a request is text to its model, too.
const asPlainText = { disallowedSpecial: new Set<string>() };

parentPort?.on("message", ({ id, encoding, json, untilMs }: CountRequest) => {
  const load = Object.hasOwn(encodings, encoding) ? encodings[encoding] : undefined;
  const reply = (count: TextCount | null): void => parentPort?.postMessage({ id, count } satisfies CountReply);
  if (load === undefined) return reply(null);
  void load().then(({ countTokens }) => {
    const text = Buffer.from(json.buffer, json.byteOffset, json.byteLength).toString("utf8");
    reply(
      countText(
        text,
        (run) => countTokens(run, asPlainText),
        () => Date.now() > untilMs,
      ),
    );
  });
});
