import type { JsonObject } from "@gw/core";
import { expect, test } from "vitest";
import { gemini } from "../../src/gemini/gemini.ts";
import { sealEnvelope } from "../../src/wire-envelope.ts";

const foreign = sealEnvelope({ kind: "reasoning", origin: "x-format", signature: "s" });
const foreignCall = sealEnvelope({ kind: "tool-call", origin: "x-format", toolCallId: "c", signature: "s" });
const mark = "skip_thought_signature_validator";
const called = { functionCall: { name: "f", args: {} } };
const user = { role: "user", parts: [{ text: "hi" }] };
const turn = (...parts: JsonObject[]) => ({ role: "model", parts });

test.each([
  [
    "another vendor's thoughts go",
    [user, turn({ text: "t", thought: true, thoughtSignature: foreign }, { text: "a" })],
    [user, turn({ text: "a" })],
  ],
  [
    "and the turn with them, where it held nothing else",
    [turn({ text: "t", thought: true, thought_signature: foreign }), user],
    [user],
  ],
  [
    "its calls lose their seal, and the first of a step is marked",
    [turn({ ...called, thoughtSignature: foreignCall }, { ...called, thoughtSignature: foreignCall })],
    [turn({ ...called, thoughtSignature: mark }, called)],
  ],
  [
    "an unsigned first call is marked in each step",
    [turn(called), turn(called), user, turn({ text: "a" }, called)],
    [
      turn({ ...called, thoughtSignature: mark }),
      turn(called),
      user,
      turn({ text: "a" }, { ...called, thoughtSignature: mark }),
    ],
  ],
  [
    "the model's own stay",
    [
      user,
      turn({ text: "t", thought: true, thoughtSignature: "c2ln" }),
      turn({ ...called, thoughtSignature: "c2ln" }, called),
    ],
    null,
  ],
])("history in the native lane: %s", (_name, contents, expected) => {
  const quirks = { requireSignatures: true };
  const set = expected === null ? {} : { contents: expected };
  expect(gemini.prepareNative({ body: { contents }, model: "x", stream: false }, quirks).set).toEqual(set);
  const generateContentRequest = { model: "models/x", contents };
  const counted = expected === null ? {} : { generateContentRequest: { model: "models/x", contents: expected } };
  expect(gemini.prepareNative({ body: { generateContentRequest }, model: "x", stream: false }, quirks).set).toEqual(
    counted,
  );
});

test("models that do not ask for signatures get no marks", () => {
  const contents = [turn(called), turn({ ...called, thoughtSignature: foreignCall })];
  const { set } = gemini.prepareNative({ body: { contents }, model: "x", stream: false });
  expect(set).toEqual({ contents: [turn(called), turn(called)] });
});

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
