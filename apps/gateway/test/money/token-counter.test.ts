import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { afterEach, describe, expect, it } from "vitest";
import { countText } from "../../src/money/text-count.ts";
import { TokenCounter } from "../../src/money/token-counter.ts";
import { newDirectory } from "../operation/gateway-process.ts";

let counter: TokenCounter | null = null;
afterEach(() => counter?.close());

const { signal } = new AbortController();
const json = Buffer.from(JSON.stringify({ content: "One word after another. ".repeat(30) }));

/** A thread that runs this program instead. */
function scripted(program: string): URL {
  const file = join(newDirectory(), "script.mjs");
  writeFileSync(file, program);
  return pathToFileURL(file);
}

describe("a token counter", () => {
  it.each(["o200k_base", "o200k_harmony", "cl100k_base"])(
    "counts by %s, in a thread that ends when it is idle",
    async (encoding) => {
      counter = new TokenCounter({ maxWaitMs: 15_000, idleMs: 20 });
      expect(counter.running).toBe(false);
      const count = await counter.count(encoding, json, signal);
      const library = (await import(`gpt-tokenizer/encoding/${encoding}`)) as { countTokens(text: string): number };
      expect(count).toEqual({ tokens: library.countTokens(json.toString()), uncountedBytes: 0 });
      await expect.poll(() => counter?.running).toBe(false);
      expect(await counter.count(encoding, json, signal)).toEqual(count);
    },
  );

  it.each([
    ["does not know", "return_key", undefined],
    ["does not know, though objects do", "constructor", undefined],
    ["fails over", "o200k_base", "throw new Error('broken')"],
    [
      "never answers for",
      "o200k_base",
      "import('node:worker_threads').then((it) => it.parentPort.on('message', () => {}))",
    ],
  ])("says nothing of an encoding that its thread %s", async (_what, encoding, program) => {
    const script = program === undefined ? {} : { script: scripted(program) };
    counter = new TokenCounter({ maxWaitMs: program?.includes("import") ? 50 : 15_000, ...script });
    expect(await counter.count(encoding, json, signal)).toBeNull();
  });

  it("starts another thread after one that failed", async () => {
    const script = scripted(`
      import { existsSync, writeFileSync } from "node:fs";
      import { parentPort } from "node:worker_threads";
      const mark = new URL("./mark", import.meta.url);
      if (!existsSync(mark)) { writeFileSync(mark, ""); throw new Error("broken"); }
      parentPort.on("message", ({ id }) => parentPort.postMessage({ id, count: { tokens: 1, uncountedBytes: 0 } }));
    `);
    counter = new TokenCounter({ maxWaitMs: 15_000, script });
    expect(await counter.count("any", json, signal)).toBeNull();
    expect(await counter.count("any", json, signal)).toEqual({ tokens: 1, uncountedBytes: 0 });
  });

  it("takes no more than it can queue, and lets go of those who leave", async () => {
    const script = scripted("import('node:worker_threads').then((it) => it.parentPort.on('message', () => {}))");
    counter = new TokenCounter({ maxWaitMs: 60_000, script });
    const abort = new AbortController();
    const first = counter.count("any", new Uint8Array(4_000_000), abort.signal);
    expect(await counter.count("any", new Uint8Array(400_000), signal)).toBeNull();
    abort.abort();
    expect(await first).toBeNull();
    const second = counter.count("any", new Uint8Array(400_000), signal);
    await counter.close();
    expect(await second).toBeNull();
    expect(counter.running).toBe(false);
  });
});

describe("the text of a request", () => {
  const whole = (text: string): number => countTokens(text);
  const never = (): boolean => false;

  it("counts as it stands, but for what is no text: that is counted by its bytes", () => {
    const picture = Buffer.alloc(3_000, "\u0001\u00ff8").toString("base64");
    const [before, after] = ['{"messages":[{"text":"See ","url":"data:image/png;base64,', '"},"And say."]}'];
    const text = before + picture + after;
    expect(countText(text, whole, never)).toEqual({
      tokens: whole(before) + whole(after),
      uncountedBytes: picture.length,
    });
  });

  it("has letters that are written as escapes counted as the model sees them", () => {
    expect(countText('"\\u4f60\\u597d"', whole, never)).toEqual({ tokens: whole('"你好"'), uncountedBytes: 0 });
    // Here a model sees the escape itself.
    expect(countText('"\\\\u4f60"', whole, never)).toEqual({ tokens: whole('"\\\\u4f60"'), uncountedBytes: 0 });
  });

  it("is counted by its bytes from where the time is over", () => {
    let runs = 0;
    const isLate = (): boolean => runs++ > 0;
    const text = "word ".repeat(400);
    const { tokens, uncountedBytes } = countText(text, () => 1, isLate);
    expect([tokens, uncountedBytes]).toEqual([1, 1_601]);
  });

  it("is whole, however it is cut into runs", () => {
    for (const text of ["", "a", " ".repeat(1_000), "字".repeat(1_000), "😀".repeat(301), `x${"😀".repeat(301)}`]) {
      const seen: string[] = [];
      countText(text, (run) => seen.push(run), never);
      expect(seen.join("")).toBe(text);
      expect(seen.every((run) => run.isWellFormed())).toBe(true);
    }
  });
});
