import { anthropicMessages } from "@gw/dialects";
import { messagesAnswer } from "../../provider-kit/test/read-answers.ts";
import { testReplay } from "../../provider-kit/test/replay.ts";
import { anthropic } from "../src/index.ts";

const create = (_recording: unknown, origin: string) => anthropic({ apiKey: "sk-replay-key", baseUrl: origin });

testReplay(
  ["anthropic"],
  [
    { kind: "messages", dialect: "anthropic-messages", codec: anthropicMessages, create, read: messagesAnswer },
    { kind: "count_tokens", dialect: "anthropic-messages", create },
  ],
);
