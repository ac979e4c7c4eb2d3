import type { ReceivedRequest, ScriptedReply } from "@gw/provider-testkit";

/** A vendor of an agent that takes nine steps, each by a call of the tool `step`, and then says so. */
export type AgentVendor = (request: ReceivedRequest) => ScriptedReply;

/** How many steps an agent takes before it is done. */
export const steps = 9;
export const lastWords = "That was all.";

/** Speaks OpenAI's chat format. */
export const chatAgent: AgentVendor = (request) => {
  const { messages, stream } = request.json() as { messages: { role: string }[]; stream?: boolean };
  const taken = messages.filter(({ role }) => role === "tool").length;
  const done = taken === steps;
  const step = { name: "step", arguments: JSON.stringify({ number: taken + 1 }) };
  const call = { id: `call_${taken + 1}`, type: "function", function: step };
  const message = done ? { content: lastWords } : { content: null, tool_calls: [call] };
  const finish = done ? "stop" : "tool_calls";
  const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
  const common = { id: "chatcmpl-1", created: 1, model: "m" };
  if (stream !== true) {
    const choice = { index: 0, message: { role: "assistant", ...message }, finish_reason: finish };
    return json({ ...common, object: "chat.completion", choices: [choice], usage });
  }
  const chunk = (delta: object, reason: string | null = null) =>
    event({
      ...common,
      object: "chat.completion.chunk",
      choices: [{ index: 0, delta, finish_reason: reason }],
    });
  const content = done ? message : { tool_calls: [{ index: 0, ...call }] };
  return streamOf([chunk({ role: "assistant", content: "" }), chunk(content), chunk({}, finish), "data: [DONE]\n\n"]);
};

/** Speaks Anthropic's Messages format. */
export const messagesAgent: AgentVendor = (request) => {
  const { messages, stream } = request.json() as { messages: { content: unknown }[]; stream?: boolean };
  const blocks = messages.flatMap(({ content }) => (Array.isArray(content) ? (content as { type: string }[]) : []));
  const taken = blocks.filter(({ type }) => type === "tool_result").length;
  const done = taken === steps;
  const input = { number: taken + 1 };
  const use = { type: "tool_use", id: `toolu_${taken + 1}`, name: "step" };
  const stop_reason = done ? "end_turn" : "tool_use";
  const common = { id: "msg_1", type: "message", role: "assistant", model: "m", stop_sequence: null };
  const usage = { input_tokens: 10, output_tokens: 5 };
  if (stream !== true) {
    const content = [done ? { type: "text", text: lastWords } : { ...use, input }];
    return json({ ...common, content, stop_reason, usage });
  }
  const named = (type: string, fields: object = {}) => `event: ${type}\n${event({ type, ...fields })}`;
  const delta = done
    ? { type: "text_delta", text: lastWords }
    : { type: "input_json_delta", partial_json: JSON.stringify(input) };
  const content_block = done ? { type: "text", text: "" } : { ...use, input: {} };
  return streamOf([
    named("message_start", { message: { ...common, content: [], stop_reason: null, usage } }),
    named("content_block_start", { index: 0, content_block }),
    named("content_block_delta", { index: 0, delta }),
    named("content_block_stop", { index: 0 }),
    named("message_delta", { delta: { stop_reason, stop_sequence: null }, usage }),
    named("message_stop"),
  ]);
};

function json(body: object): ScriptedReply {
  return { body: JSON.stringify(body) };
}

function event(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

function streamOf(events: readonly string[]): ScriptedReply {
  return { headers: { "content-type": "text/event-stream" }, body: events.join("") };
}
