import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, readAnswer } from "./answers.ts";
import { publishedBodies } from "./body-corpus.ts";
import {
  named,
  ofText,
  type Recording,
  recordings,
  skipReason,
  type TextFormat,
  type TextRecording,
  textFormats,
  wireData,
} from "./corpus.ts";
import { contradictory, errorsInAnswers } from "./exceptions.ts";
import { codeOf, messageOf, readFailure, typeOf } from "./failures.ts";
import { countedUsage, meaningOf, wordsFor } from "./meanings.ts";
import { rawRecordings } from "./raw-corpus.ts";
import {
  address,
  type CallerReply,
  providersFor,
  question,
  type ReplayedGateway,
  startReplayedGateway,
} from "./replayed-gateway.ts";

const all = [...ofText([...recordings, ...rawRecordings]), ...publishedBodies].filter(
  ({ file }) => contradictory[file] === undefined,
);
const failures = all.filter(({ file, status }) => status >= 400 || file in errorsInAnswers);
const answers = all.filter((recording) => !failures.includes(recording));

describe.skipIf(skipReason !== "")(`recordings on the translated lane${skipReason}`, () => {
  let gateway: ReplayedGateway;
  beforeAll(async () => {
    gateway = await startReplayedGateway(all);
  });
  afterAll(() => gateway.close());

  const ask = (recording: TextRecording, format: TextFormat, { vendor, call } = gateway): Promise<CallerReply> => {
    const { path, fields } = address(format, `${translator(recording, format)}/${recording.model}`, {
      stream: recording.isStream,
    });
    vendor.answer(recording, 997);
    return call(path, { ...question(format, recording.isStream), ...fields });
  };

  for (const [file, { reason }] of Object.entries(contradictory)) test.skip(`${file} (${reason})`);

  describe.each(textFormats)("for a caller of %s", (format) => {
    test.each(named(answers.filter((recording) => recording.format !== format)))("%s", async (_file, recording) => {
      const said = readAnswer(recording.format, recording.bytes.toString(), recording.isStream);
      const meaning = meaningOf(recording.format, said);
      const reply = await ask(recording, format);

      expect(reply.headers.get("gw-lane")).toBe("translated");
      expect(reply.status).toBe(200);
      const heard = readAnswer(format, reply.text, recording.isStream);
      expect(comparable(heard)).toEqual(comparable(said));
      expect(wordsFor(format, meaning, said.refused)).toContain(heard.finish);
      expect(known(heard.usage)).toEqual(known(countedUsage(recording, said)));
    });

    test.each(named(failures.filter((recording) => recording.format !== format)))("%s", async (_file, recording) => {
      const body = errorIn(recording);
      const status = errorsInAnswers[recording.file]?.status ?? recording.status;
      const code = codeOf(status, body);
      // A key that was refused or limited rests; the next call is not about that.
      await using fresh = await startReplayedGateway([recording]);
      const reply = await ask(recording, format, fresh);

      expect(reply.headers.get("gw-lane")).toBe("translated");
      expect([reply.status, reply.headers.get("gw-error")]).toEqual([status, code]);
      expect(readFailure(format, reply.text)).toEqual({
        code,
        message: messageOf(body),
        type: typeOf(format, status, code),
      });
    });
  });
});

/** The error as its vendor said it: the body, or an event of a stream. */
function errorIn({ bytes, isStream }: Recording): string {
  const text = bytes.toString();
  return isStream ? JSON.stringify(wireData(text).find(({ error }) => error !== undefined)) : text;
}

/** OpenAI's own package passes both of its formats on, so a caller of one asks the other through a provider that has only it. */
function translator(recording: TextRecording, format: TextFormat): string {
  if (recording.vendor === "openai" && format.startsWith("openai-")) {
    return recording.format === "openai-chat" ? "only-chat" : "only-responses";
  }
  return providersFor(recording).translated;
}

function comparable({ text, reasoning, calls }: Answer) {
  return { text, reasoning: reasoning.replace(/\s/g, ""), calls };
}

// Formats that must give a number give 0 where nothing is known, which is also what less than nothing is.
function known({ input, cached, output, reasoning }: Answer["usage"]) {
  const count = (tokens: number | null) => Math.max(tokens ?? 0, 0);
  return { input: count(input), cached: count(cached), output: count(output), reasoning: count(reasoning) };
}
