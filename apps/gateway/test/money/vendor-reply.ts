import type { ReceivedRequest, ScriptedReply } from "@gw/provider-testkit";

/** What a vendor of each format answers in its own words: `ok`, for 7 tokens in and 3 out. */
export function vendorReply({ path, body }: ReceivedRequest): ScriptedReply {
  const stream = path.includes("streamGenerateContent") || body.includes('"stream":true');
  if (path.endsWith("/chat/completions")) return stream ? sse(chatChunks, "data: [DONE]\n\n") : json(chatAnswer);
  if (path.endsWith("/responses")) return stream ? namedSse(responseEvents) : json(response);
  if (path.endsWith("/messages")) return stream ? namedSse(messageEvents) : json(message);
  return stream ? sse([generated]) : json(generated);
}

const json = (answer: object): ScriptedReply => ({ body: JSON.stringify(answer) });

const sse = (events: readonly object[], end = ""): ScriptedReply => ({
  headers: { "content-type": "text/event-stream" },
  body: events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("") + end,
});

const namedSse = (events: readonly { readonly type: string }[]): ScriptedReply => ({
  headers: { "content-type": "text/event-stream" },
  body: events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(""),
});

const chatUsage = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 };
const chatHead = { id: "c", object: "chat.completion", created: 1, model: "m" };
const chatAnswer = {
  ...chatHead,
  choices: [{ index: 0, message: { role: "assistant", content: "ok" }, finish_reason: "stop" }],
  usage: chatUsage,
};
const chunk = { ...chatHead, object: "chat.completion.chunk" };
const chatChunks = [
  { ...chunk, choices: [{ index: 0, delta: { role: "assistant", content: "ok" }, finish_reason: null }] },
  { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: "stop" }] },
  { ...chunk, choices: [], usage: chatUsage },
];

const outputText = { type: "output_text", text: "ok", annotations: [] };
const item = { id: "i", type: "message", role: "assistant", status: "completed", content: [outputText] };
const response = {
  id: "resp_1",
  object: "response",
  created_at: 1,
  status: "completed",
  model: "m",
  output: [item],
  usage: { input_tokens: 7, output_tokens: 3, total_tokens: 10 },
};
const at = { item_id: "i", output_index: 0, content_index: 0 };
const begun = { ...response, status: "in_progress", output: [], usage: null };
const responseEvents = [
  { type: "response.created", sequence_number: 0, response: begun },
  { type: "response.output_item.added", sequence_number: 1, output_index: 0, item: { ...item, content: [] } },
  { type: "response.content_part.added", sequence_number: 2, ...at, part: { ...outputText, text: "" } },
  { type: "response.output_text.delta", sequence_number: 3, ...at, delta: "ok" },
  { type: "response.output_text.done", sequence_number: 4, ...at, text: "ok" },
  { type: "response.output_item.done", sequence_number: 5, output_index: 0, item },
  { type: "response.completed", sequence_number: 6, response },
];

const message = {
  id: "m",
  type: "message",
  role: "assistant",
  model: "m",
  content: [{ type: "text", text: "ok" }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 7, output_tokens: 3 },
};
const messageEvents = [
  {
    type: "message_start",
    message: { ...message, content: [], stop_reason: null, usage: { input_tokens: 7, output_tokens: 1 } },
  },
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "ok" } },
  { type: "content_block_stop", index: 0 },
  { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 3 } },
  { type: "message_stop" },
];

const generated = {
  candidates: [{ content: { parts: [{ text: "ok" }], role: "model" }, finishReason: "STOP", index: 0 }],
  usageMetadata: { promptTokenCount: 7, candidatesTokenCount: 3, totalTokenCount: 10 },
  modelVersion: "m",
  responseId: "r",
};
