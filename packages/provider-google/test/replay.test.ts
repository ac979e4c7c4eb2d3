import { gemini } from "@gw/dialects";
import { geminiAnswer } from "../../provider-kit/test/read-answers.ts";
import type { Recording } from "../../provider-kit/test/recordings.ts";
import { testReplay } from "../../provider-kit/test/replay.ts";
import { google } from "../src/index.ts";

const create = (_recording: unknown, origin: string) => google({ apiKey: "sk-replay-key", baseUrl: origin });
const model = ({ path }: Recording) => /models\/([^:]+):/.exec(path)?.[1] ?? "";

testReplay(
  ["google"],
  [
    { kind: "generateContent", dialect: "gemini", codec: gemini, create, model, read: geminiAnswer },
    { kind: "count_tokens", dialect: "gemini", create, model },
  ],
);
