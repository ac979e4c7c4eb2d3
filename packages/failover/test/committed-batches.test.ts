import { GatewayError } from "@gw/core";
import { describe, expect, it } from "vitest";
import { CommittedBatches, type ContentFrame } from "../src/committed-batches.ts";

interface Piece extends ContentFrame {
  readonly text: string;
}

const piece = (text: string, content: boolean): Piece => ({ text, content });

async function* stream(...steps: (readonly Piece[] | Error)[]) {
  for (const step of steps) {
    if (step instanceof Error) throw step;
    yield step;
  }
}

async function committed(...steps: (readonly Piece[] | Error)[]) {
  const ends: unknown[] = [];
  const batches = await CommittedBatches.commit(stream(...steps), async (error) => {
    ends.push(error);
  });
  const texts: string[][] = [];
  const read = async (): Promise<string[][]> => {
    for await (const batch of batches) texts.push(batch.map(({ text }) => text));
    return texts;
  };
  return { batches, read, texts, ends };
}

describe("CommittedBatches", () => {
  it("gives out everything up to the first content as one batch, and loses nothing", async () => {
    const { read, ends } = await committed(
      [piece("head", false)],
      [piece("role", false), piece("one", true)],
      [piece("two", true)],
    );
    expect(await read()).toEqual([["head", "role", "one"], ["two"]]);
    expect(ends).toEqual([null]);
  });

  it("throws what fails before the first content", async () => {
    const failure = new GatewayError("overloaded", "busy");
    await expect(committed([piece("head", false)], failure)).rejects.toBe(failure);
  });

  it("leaves what fails after the first content to the reader, and tells of it", async () => {
    const failure = new GatewayError("stream_truncated", "cut");
    const { read, texts, ends } = await committed([piece("one", true)], failure);
    await expect(read()).rejects.toBe(failure);
    expect(texts).toEqual([["one"]]);
    expect(ends).toEqual([failure]);
  });

  it("takes an answer without content", async () => {
    const { read } = await committed([piece("head", false)], [piece("end", false)]);
    expect(await read()).toEqual([["head", "end"]]);
  });

  it("is over for a reader who leaves early", async () => {
    const { batches, ends } = await committed([piece("one", true)], [piece("two", true)]);
    for await (const batch of batches) {
      expect(batch).toHaveLength(1);
      break;
    }
    expect(ends).toEqual([null]);
    expect(await batches.next()).toEqual({ done: true, value: undefined });
  });
});
