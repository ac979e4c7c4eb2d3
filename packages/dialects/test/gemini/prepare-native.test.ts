import { expect, test } from "vitest";
import { gemini } from "../../src/gemini/gemini.ts";

test.each([
  ["leaves a body alone", { contents: [] }, {}, []],
  ["takes out a model that the path names too", { model: "models/x", contents: [] }, {}, ["model"]],
  [
    "names the vendor's model in a request whose tokens are counted",
    { generateContentRequest: { model: "models/google/x", contents: [] } },
    { generateContentRequest: { model: "models/x", contents: [] } },
    [],
  ],
])("the native lane %s", (_name, body, set, remove) => {
  expect(gemini.prepareNative({ body, model: "x", stream: false })).toEqual({ set, remove, hideUsage: false });
});
