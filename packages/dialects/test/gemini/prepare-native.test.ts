import { expect, test } from "vitest";
import { gemini } from "../../src/gemini/gemini.ts";

test.each([
  ["leaves a body alone", "x", { contents: [] }, {}],
  [
    "names the vendor's model where the body names one",
    "x",
    { model: "google/x", contents: [] },
    { model: "models/x" },
  ],
  [
    "names the vendor's model in a request whose tokens are counted",
    "x",
    { generateContentRequest: { model: "models/google/x", contents: [] } },
    { generateContentRequest: { model: "models/x", contents: [] } },
  ],
  [
    "leaves a counted request that agrees as it is spelled",
    "x",
    { generateContentRequest: { model: "models/x", contents: [] } },
    {},
  ],
  ["keeps a model of another collection", "tunedModels/x", { model: "x" }, { model: "tunedModels/x" }],
])("the native lane %s", (_name, model, body, set) => {
  expect(gemini.prepareNative({ body, model, stream: false })).toEqual({ set, remove: [], hideUsage: false });
});
