import { describe, expect, it } from "vitest";
import { parseBody } from "../src/pipeline/receive.ts";

const parse = (text: string) => parseBody(Buffer.from(text));

describe("parseBody", () => {
  it("gives a JSON object, whatever its strings hold", () => {
    expect(parse('{"a":"[[[{{{","b":"\\\\","c":"\\"}"}')).toEqual({ a: "[[[{{{", b: "\\", c: '"}' });
  });

  it.each([
    ["nothing", ""],
    ["text", "hello"],
    ["half an object", '{"a":'],
    ["an array", "[]"],
    ["null", "null"],
    ["a scalar", "1"],
    ["201 levels of nesting", `${'{"a":'.repeat(201)}1${"}".repeat(201)}`],
    ["a million brackets", "[".repeat(1_000_000)],
    ["brackets behind an escaped quote", `{"a":"\\\\","b":${"[".repeat(300)}`],
  ])("refuses %s", (_name, text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: "invalid_request", httpStatus: 400 }));
  });

  it("takes 200 levels, and brackets inside strings count for nothing", () => {
    expect(parse(`${'{"a":'.repeat(200)}1${"}".repeat(200)}`)).toHaveProperty("a");
    expect(parse(JSON.stringify({ a: "[".repeat(5_000) }))).toHaveProperty("a");
  });

  it("does not quote the body in its error", () => {
    expect(() => parse('{"prompt": secret-words')).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining("secret") }),
    );
  });
});
