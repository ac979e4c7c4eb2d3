import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RecordedError, readErrors, skipReason, type TextFormat } from "./corpus.ts";
import { codeOf, messageOf, readFailure, typeOf } from "./failures.ts";
import { address, providersFor, question, type ReplayedGateway, startReplayedGateway } from "./replayed-gateway.ts";

// A vendor's error means the same whichever of its endpoints gave it, so all of them are answers to a question here.
const formatOf = ({ vendor, path }: RecordedError): TextFormat => {
  if (vendor === "anthropic") return "anthropic-messages";
  if (vendor.startsWith("google")) return "gemini";
  return path.endsWith("/responses") ? "openai-responses" : "openai-chat";
};

const errors = readErrors().map((error, line) => ({ ...error, format: formatOf(error), line: line + 1 }));

describe.skipIf(skipReason !== "")(`recorded errors${skipReason}`, () => {
  let gateway: ReplayedGateway;
  beforeAll(async () => {
    gateway = await startReplayedGateway(errors);
  });
  afterAll(() => gateway.close());

  const ask = (format: TextFormat, provider: string, error: (typeof errors)[number]) => {
    gateway.vendor.answer({ status: error.status, headers: error.headers, bytes: Buffer.from(error.text) });
    // A key that was refused rests for the model it was refused for.
    const { path, fields } = address(format, `${provider}/model-${error.line}-for-${format}`, { stream: false });
    return gateway.call(path, { ...question(format, false), ...fields });
  };

  test.each(errors)("line $line, $vendor $status", async (error) => {
    const code = codeOf(error.status, error.text);
    const { native, translated } = providersFor(error);

    const said = (format: TextFormat) => ({
      code,
      message: messageOf(error.text),
      type: typeOf(format, error.status, code),
    });

    const own = await ask(error.format, native, error);
    expect([own.status, own.headers.get("gw-error")]).toEqual([error.status, code]);
    // A page of some proxy on the way is not in the caller's format.
    if (error.text.startsWith("{")) expect(own.text).toBe(error.text);
    else expect(readFailure(error.format, own.text)).toEqual(said(error.format));

    const foreign: TextFormat = error.format === "anthropic-messages" ? "openai-chat" : "anthropic-messages";
    const told = await ask(foreign, translated, error);
    expect([told.status, told.headers.get("gw-error")]).toEqual([error.status, code]);
    expect(readFailure(foreign, told.text)).toEqual(said(foreign));
  });
});
