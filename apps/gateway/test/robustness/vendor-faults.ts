import type { Fault, ScriptedReply } from "@gw/provider-testkit";

/** Something that a vendor does wrong, and what a caller must be told. */
export interface VendorFault {
  readonly name: string;
  /** The reply of an OpenAI-like vendor; `null`: nobody listens. */
  readonly reply: ScriptedReply | null;
  /**
   * What an unstreamed or streamed call comes to. `502 code`: an error answer. `partial code`: a stream whose last event says
   * so. `complete`: the whole answer. Absent where the fault is none for such a call.
   */
  readonly whole?: string;
  readonly stream?: string;
  /** Where the native lane comes to something else. */
  readonly nativeStream?: string;
}

const frame = (choice: object): string =>
  `data: ${JSON.stringify({ id: "chatcmpl-1", object: "chat.completion.chunk", model: "m", ...choice })}\n\n`;
const delta = (content: object, finish: string | null = null): string =>
  frame({ choices: [{ index: 0, delta: content, finish_reason: finish }] });

const frames = [
  delta({ role: "assistant", content: "" }),
  delta({ content: "one " }),
  delta({ content: "two" }),
  delta({}, "stop"),
  "data: [DONE]\n\n",
];
const [head = "", one = ""] = frames;
/** Bytes of the stream before its first content, and with it. */
export const beforeContent = head.length;
export const afterContent = head.length + one.length;

/** What a caller has read of the answer when the vendor breaks off after the first content. */
export const firstWords = "one ";
export const allWords = "one two";

/** The answer as a stream. */
export const answerStream = (...faults: Fault[]): ScriptedReply => ({
  headers: { "content-type": "text/event-stream" },
  body: frames.join(""),
  faults,
});

const answer = JSON.stringify({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", content: allWords }, finish_reason: "stop" }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
});
/** The answer, whole. */
export const answerWhole = (...faults: Fault[]): ScriptedReply => ({ body: answer, faults });

const overloaded = '{"error":{"message":"We are busy","type":"overloaded_error","code":null}}';
const errorFrame = Buffer.from(`data: ${overloaded}\n\n`);
const page = "<!DOCTYPE html><html><body>Bad gateway</body></html>";

/** Every fault, as the reply to a call that asks for a whole answer or a stream. */
export const vendorFaults: readonly VendorFault[] = [
  { name: "refuses the connection", reply: null, whole: "502 connection_failed", stream: "502 connection_failed" },
  ...both("closes before the head", { type: "cut", after: "request", how: "fin" }, "502 connection_failed"),
  ...both("resets before the head", { type: "cut", after: "request", how: "reset" }, "502 connection_failed"),
  ...both("stalls before the head", { type: "stall", after: "request" }, "504 timed_out"),
  ...both("stalls after the head", { type: "stall", after: "head" }, "504 timed_out"),
  ...both("is garbage", { type: "garbage" }, "502 reply_malformed"),
  ...both("is a web page", { type: "html" }, "502 reply_malformed"),
  ...both("says that it is compressed", { type: "gzip-lie" }, "502 reply_malformed"),
  ...both(
    "promises more than it sends",
    { type: "content-length", extraBytes: 9 },
    "502 connection_failed",
    "complete",
  ),
  ...both("comes byte by byte", { type: "split", at: "every-byte" }, "complete"),
  ...both("ends with the connection", { type: "close-delimited" }, "complete"),

  { name: "stalls in its middle", reply: answerWhole({ type: "stall", after: 40 }), whole: "504 timed_out" },
  {
    name: "is cut in its middle",
    reply: answerWhole({ type: "cut", after: 40, how: "fin" }),
    whole: "502 connection_failed",
  },
  {
    name: "is reset in its middle",
    reply: answerWhole({ type: "cut", after: 40, how: "reset" }),
    whole: "502 connection_failed",
  },
  {
    name: "is whole too early",
    reply: answerWhole({ type: "cut", after: 40, how: "clean" }),
    whole: "502 reply_malformed",
  },
  { name: "is empty", reply: { body: "" }, whole: "502 reply_malformed", stream: "502 reply_malformed" },
  { name: "is JSON of another kind", reply: { body: '{"status":"ok"}' }, whole: "502 reply_malformed" },
  { name: "is an error of status 200", reply: { body: overloaded }, whole: "503 overloaded", stream: "503 overloaded" },

  { name: "is an event stream without events", reply: { ...answerStream(), body: "" }, stream: "502 stream_truncated" },
  {
    name: "stalls before content",
    reply: answerStream({ type: "stall", after: beforeContent }),
    stream: "504 timed_out",
  },
  {
    name: "stalls after content",
    reply: answerStream({ type: "stall", after: afterContent }),
    stream: "partial timed_out",
  },
  ...(["clean", "fin", "reset"] as const).flatMap((how): VendorFault[] => [
    {
      name: `is cut before content (${how})`,
      reply: answerStream({ type: "cut", after: beforeContent, how }),
      stream: "502 stream_truncated",
    },
    {
      name: `is cut after content (${how})`,
      reply: answerStream({ type: "cut", after: afterContent, how }),
      stream: "partial stream_truncated",
    },
    {
      name: `is cut inside an event (${how})`,
      reply: answerStream({ type: "cut", after: afterContent + 30, how }),
      stream: "partial stream_truncated",
    },
  ]),
  {
    name: "fails before content",
    reply: answerStream({ type: "insert", at: 1, bytes: errorFrame }),
    stream: "503 overloaded",
  },
  {
    name: "fails after content",
    reply: answerStream({ type: "insert", at: 2, bytes: errorFrame }, { type: "drop-frames", from: 3 }),
    stream: "partial overloaded",
  },
  {
    name: "has a malformed event before content",
    reply: answerStream({ type: "malformed-frame", at: 1 }),
    stream: "502 reply_malformed",
  },
  {
    name: "has a malformed event after content",
    reply: answerStream({ type: "malformed-frame", at: 2 }),
    stream: "partial reply_malformed",
  },
  {
    name: "has no finish reason",
    reply: answerStream({ type: "drop-frames", from: 3 }),
    stream: "partial stream_truncated",
  },
  {
    name: "has no terminator",
    reply: answerStream({ type: "drop-frames", from: 4 }),
    stream: "complete",
    // What the vendor sends passes as it is, and with its finish reason the answer is whole.
    nativeStream: "complete without a terminator",
  },
  {
    name: "stays silent after its end",
    reply: answerStream({ type: "stall", after: frames.join("").length }),
    stream: "complete",
  },
  {
    name: "breaks after its end",
    reply: answerStream({ type: "cut", after: frames.join("").length, how: "reset" }),
    stream: "complete",
  },

  ...refuses(500, "text/html", page, "500 upstream_failed"),
  ...refuses(502, "text/html", page, "502 upstream_failed"),
  ...refuses(503, "text/plain", "no healthy upstream", "503 overloaded"),
  ...refuses(302, "text/html", page, "502 reply_malformed"),
  ...refuses(204, "application/json", "", "502 reply_malformed"),
  ...refuses(
    429,
    "application/json",
    '{"error":{"message":"slow down","type":"rate_limit_error"}}',
    "429 rate_limited",
  ),
  ...refuses(401, "application/json", '{"error":{"message":"who are you"}}', "401 authentication_failed"),
  ...refuses(400, "application/json", '{"error":{"message":"no"}}', "400 invalid_request"),
  ...refuses(500, "application/json", "{", "500 upstream_failed"),
];

/** The same fault in a whole answer and in a stream. */
function both(name: string, fault: Fault, outcome: string, streamed = outcome): VendorFault[] {
  return [
    { name: `${name}, unstreamed`, reply: answerWhole(fault), whole: outcome },
    { name: `${name}, streamed`, reply: answerStream(fault), stream: streamed },
  ];
}

function refuses(status: number, contentType: string, body: string, outcome: string): VendorFault[] {
  const reply = { status, headers: { "content-type": contentType }, body };
  return [{ name: `answers ${status} with ${body.slice(0, 9) || "nothing"}`, reply, whole: outcome, stream: outcome }];
}
