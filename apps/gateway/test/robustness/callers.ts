import { type IncomingHttpHeaders, request } from "node:http";
import { expect } from "vitest";
import { type ErrorForm, errorBody } from "./dialect-errors.ts";
import { adminKey, type RunningGateway } from "./running-gateway.ts";
import { allWords, firstWords } from "./vendor-faults.ts";

/** One way to ask for text, and how its answers are read. */
export interface Caller {
  readonly name: string;
  readonly form: ErrorForm;
  /** Asks in the vendor's own dialect. */
  readonly native: boolean;
  readonly wholeToo: boolean;
  path(model: string, stream: boolean): string;
  body(model: string, stream: boolean): object;
  /** The text of a whole answer, as JSON. */
  text(answer: never): string;
  /** The text of one event. */
  delta(event: never): string;
  /** The last event of a stream that ended well. */
  readonly terminator: RegExp | null;
  /** The code in the last event of one that did not. */
  code(event: never): unknown;
}

const messages = [{ role: "user", content: "Say exactly: one two" }];
const contents = [{ role: "user", parts: [{ text: "Say exactly: one two" }] }];

interface GeminiChunk {
  readonly candidates?: readonly { readonly content?: { readonly parts?: readonly { readonly text?: string }[] } }[];
}

const geminiText = (chunk: GeminiChunk): string =>
  (chunk.candidates?.[0]?.content?.parts ?? []).map((part) => part.text ?? "").join("");

/** Callers of a vendor that speaks OpenAI chat: one through the native lane, the others translated. */
export const callers: readonly Caller[] = [
  {
    name: "chat",
    native: true,
    form: "chat",
    wholeToo: true,
    path: () => "/v1/chat/completions",
    body: (model, stream) => ({ model, stream, messages }),
    text: (answer: { choices: { message: { content: string } }[] }) => answer.choices[0]?.message.content ?? "",
    delta: (event: { choices?: { delta: { content?: string } }[] }) => event.choices?.[0]?.delta.content ?? "",
    terminator: /\[DONE\]/,
    code: (event: { error: { code: string } }) => event.error.code,
  },
  {
    name: "messages",
    native: false,
    form: "messages",
    wholeToo: true,
    path: () => "/v1/messages",
    body: (model, stream) => ({ model, stream, max_tokens: 64, messages }),
    text: (answer: { content: { text: string }[] }) => answer.content[0]?.text ?? "",
    delta: (event: { delta?: { text?: string } }) => event.delta?.text ?? "",
    terminator: /"message_stop"/,
    code: (event: { error: { code: string } }) => event.error.code,
  },
  {
    name: "run",
    native: false,
    form: "run",
    wholeToo: true,
    path: () => "/ai/run",
    body: (model, stream) => ({ model, input: { prompt: "Say exactly: one two", stream } }),
    text: (answer: { result: { response: string } }) => answer.result.response,
    delta: (event: { response?: string }) => event.response ?? "",
    terminator: /\[DONE\]/,
    code: (event: { error: { code: string } }) => event.error.code,
  },
  {
    name: "run with messages",
    native: true,
    form: "run",
    wholeToo: true,
    path: (model) => `/ai/run/${model}`,
    body: (_model, stream) => ({ stream, messages }),
    text: (answer: { result: { choices: { message: { content: string } }[] } }) =>
      answer.result.choices[0]?.message.content ?? "",
    delta: (event: { choices?: { delta: { content?: string } }[] }) => event.choices?.[0]?.delta.content ?? "",
    terminator: /\[DONE\]/,
    code: (event: { error: { code: string } }) => event.error.code,
  },
  {
    name: "gemini",
    native: false,
    form: "gemini",
    wholeToo: true,
    path: (model, stream) =>
      stream ? `/v1beta/models/${model}:streamGenerateContent?alt=sse` : `/v1beta/models/${model}:generateContent`,
    body: () => ({ contents }),
    text: geminiText,
    delta: geminiText,
    terminator: null,
    code: (event: { error: { status: string } }) => event.error.status,
  },
  {
    name: "gemini as an array",
    native: false,
    form: "gemini",
    wholeToo: false,
    path: (model) => `/v1beta/models/${model}:streamGenerateContent`,
    body: () => ({ contents }),
    text: geminiText,
    delta: geminiText,
    terminator: null,
    code: (event: { error: { status: string } }) => event.error.status,
  },
] as readonly Caller[];

/** What a call came to, in the words of `VendorFault`; more words where it is anything else. */
export async function outcomeOf(caller: Caller, gw: RunningGateway, model: string, streamed: boolean): Promise<string> {
  const reply = await post(gw.url + caller.path(model, streamed), caller.body(model, streamed));
  const { status, headers, text } = reply;
  if (status !== 200) return refusal(caller, status, String(headers["gw-error"]), text);
  if (!reply.complete) return "an answer that breaks off";
  if (headers["gw-error"] !== undefined) return "a good status with an error's header";
  const isStream = /event-stream/.test(headers["content-type"] ?? "") || caller.name === "gemini as an array";
  if (!streamed || !isStream) {
    const said = caller.text(JSON.parse(text) as never);
    return said === allWords ? "complete" : `the answer ${said}`;
  }
  return streamOutcome(caller, text);
}

function refusal(caller: Caller, status: number, code: string, text: string): string {
  const body: unknown = JSON.parse(text);
  // What a vendor says in the caller's own dialect is not put into other words.
  const quoted = caller.name === "chat" && /"(We are busy|slow down|who are you|no)"/.test(text);
  if (!quoted) expect(body).toEqual(errorBody(caller.form, status, code));
  return `${status} ${code}`;
}

function streamOutcome(caller: Caller, text: string): string {
  const events = caller.name === "gemini as an array" ? JSON.parse(text) : eventsIn(text);
  const objects = (events as unknown[]).filter((event) => typeof event === "object") as never[];
  const said = objects.map((event) => caller.delta(event)).join("");
  const last = objects.at(-1) as { error?: { partial?: boolean } } | undefined;
  if (last?.error === undefined) {
    const ended = caller.terminator === null || caller.terminator.test(text);
    return said === allWords ? (ended ? "complete" : "complete without a terminator") : `the stream ${said}`;
  }
  if (last.error.partial !== true) return "an error event that does not say partial";
  if (caller.terminator?.test(text)) return "an error event and a terminator";
  if (!allWords.startsWith(said) || !said.startsWith(firstWords)) return `an error after ${said}`;
  return `partial ${caller.code(last as never)}`;
}

function eventsIn(text: string): unknown[] {
  return text
    .split("\n\n")
    .flatMap((event) => event.split("\n").filter((line) => line.startsWith("data: ")))
    .map((line) => line.slice(6))
    .map((data) => (data === "[DONE]" ? data : (JSON.parse(data) as unknown)));
}

interface Posted {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly complete: boolean;
}

function post(url: string, body: object): Promise<Posted> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${adminKey}`, "content-type": "application/json" };
    const outgoing = request(url, { method: "POST", headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", () => {});
      incoming.on("close", () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          text: Buffer.concat(chunks).toString("utf8"),
          complete: incoming.complete,
        }),
      );
    });
    outgoing.on("error", reject);
    outgoing.end(JSON.stringify(body));
  });
}
