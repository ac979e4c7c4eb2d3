import { splitFrames, startUpstream } from "@gw/provider-testkit";
import { afterEach, expect, test } from "vitest";
import { rewriteFrames } from "../src/upstream/frames.ts";

const contentType = "application/x-eventstream";
// `{"a":1}` under the header `k: v`, and an empty frame, written by @smithy/eventstream-codec 4.5.
const first = Buffer.from("0000001d000000061431296f016b070001767b2261223a317db807aae0", "hex");
const empty = Buffer.from("000000100000000005c248eb7d98c8ff", "hex");

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

test.each([
  ["whole frames", [first, empty, first]],
  ["a frame that was cut", [empty, first.subarray(0, 20)]],
  ["nothing", []],
  ["what is no frame", [Buffer.from("not a frame at all")]],
])("%s", (_what, frames) => {
  expect(splitFrames(Buffer.concat(frames), contentType)).toEqual(frames);
});

test("what a frame says is changed under the same headers, with checksums that fit", () => {
  expect(rewriteFrames(first, contentType, (text) => text)).toEqual(first);
  const changed = Buffer.from(rewriteFrames(Buffer.concat([first, empty]), contentType, (text) => `${text}é`));
  expect(changed.toString("hex")).toBe(
    "0000001f000000066ef17a0f016b070001767b2261223a317dc3a98eb3460500000012000000007f021b8bc3a982305387",
  );
});

test("a malformed frame is one by its payload alone", async () => {
  const upstream = await startUpstream({
    headers: { "content-type": contentType },
    body: empty,
    faults: [{ type: "malformed-frame", at: 1 }],
  });
  closers.push(upstream.close);
  const body = Buffer.from(await (await fetch(upstream.url)).arrayBuffer());
  const frames = splitFrames(body, contentType).map((frame) => Buffer.from(frame).toString("latin1"));
  expect(frames).toHaveLength(2);
  expect(frames[1]).toContain('{"unfinished": [1, "');
});
