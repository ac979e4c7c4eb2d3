import fc from "fast-check";
import { expect, test } from "vitest";
import { spliceJson } from "../src/splice-json.ts";

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text));
const splice = (text: string, set: Parameters<typeof spliceJson>[1]["set"], remove: string[] = []) =>
  Buffer.from(spliceJson(bytesOf(text), { set, remove })).toString();

test.each<[string, string, Record<string, string | boolean>, string[], string]>([
  [
    "replaces a value and nothing else",
    ' { "model" : "a" ,"x":1.0e2, "y":"\\u00e9"} \n',
    { model: "b" },
    [],
    ' { "model" : "b" ,"x":1.0e2, "y":"\\u00e9"} \n',
  ],
  [
    "leaves fields of inner objects",
    '{"m":{"model":"a"},"l":[{"model":"a"}],"model":"a"}',
    { model: "b" },
    [],
    '{"m":{"model":"a"},"l":[{"model":"a"}],"model":"b"}',
  ],
  [
    "leaves what only looks like a field",
    '{"x":"\\"model\\":\\"a\\",{","model":"a"}',
    { model: "b" },
    [],
    '{"x":"\\"model\\":\\"a\\",{","model":"b"}',
  ],
  ["finds a name written with escapes", '{"mod\\u0065l":"a"}', { model: "b" }, [], '{"mod\\u0065l":"b"}'],
  [
    "replaces a field that stands twice, twice",
    '{"model":"a","x":1,"model":"c"}',
    { model: "b" },
    [],
    '{"model":"b","x":1,"model":"b"}',
  ],
  [
    "adds at the front what is missing",
    '{ "x":1}',
    { model: "b", stream: true },
    [],
    '{"model":"b","stream":true, "x":1}',
  ],
  ["adds to nothing", "{ }", { model: "b" }, [], '{"model":"b" }'],
  ["removes the first", '{ "a":1, "b":2}', {}, ["a"], '{ "b":2}'],
  ["removes the middle", '{"a":1 , "b":2 ,"c":3}', {}, ["b"], '{"a":1 ,"c":3}'],
  ["removes the last", '{"a":1, "b":2 }', {}, ["b"], '{"a":1}'],
  ["removes all", '{"a":1, "b":[2]}', {}, ["a", "b"], "{}"],
  ["removes and adds", '{"a":1}', { model: "b" }, ["a"], '{"model":"b"}'],
  ["writes beyond ASCII", '{"model":"a"}', { model: "é😀\n" }, [], '{"model":"é😀\\n"}'],
])("%s", (_case, text, set, remove, expected) => {
  expect(splice(text, set, remove)).toBe(expected);
});

test("gives the very same bytes where nothing differs", () => {
  const raw = bytesOf('{"model":"a","x":1}');
  expect(spliceJson(raw, { set: { model: "a" }, remove: ["y"] })).toBe(raw);
});

test("means what the object means, and changes no other field's text", () => {
  const name = fc.constantFrom("model", "stream", "a", "mo", 'q"', "\\", "é", "__proto__");
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.string({
      unit: fc.constantFrom('"', "\\", "{", "}", "[", "]", ",", ":", "é", "a"),
      maxLength: 200,
      size: "max",
    }),
  );
  const space = fc.constantFrom("", " ", "\n\t");
  const field = fc.record({ name, value, before: space, around: space, after: space });
  const set = fc.dictionary(fc.constantFrom("model", "stream"), fc.oneof(fc.string(), fc.boolean(), fc.constant(null)));
  fc.assert(
    fc.property(
      fc.array(field, { maxLength: 8 }),
      fc.constantFrom(undefined, 2),
      set,
      fc.subarray(["a", "mo", "stop"]),
      (fields, indent, set, remove) => {
        const texts = fields.map(
          ({ name, value, before, around, after }) =>
            `${before}${JSON.stringify(name)}${around}:${around}${JSON.stringify(value, null, indent)}${after}`,
        );
        const text = `{${texts.join(",")}}`;
        const after = splice(text, set, remove);
        const expected = Object.entries(JSON.parse(text) as object).filter(([name]) => !remove.includes(name));
        expect(new Map(Object.entries(JSON.parse(after) as object))).toEqual(
          new Map([...expected, ...Object.entries(set)]),
        );
        for (const [index, { name }] of fields.entries())
          if (!remove.includes(name) && !Object.hasOwn(set, name)) expect(after).toContain(texts[index]);
      },
    ),
    { numRuns: 1_000 },
  );
});
