import { FaultList, isFetchable, isJsonText, isText, type Raw } from "./fault-list.ts";

const requestFields =
  "audio frequency_penalty logit_bias logprobs max_completion_tokens max_tokens messages metadata modalities model n " +
  "parallel_tool_calls prediction presence_penalty prompt_cache_key reasoning_effort response_format safety_identifier seed " +
  "service_tier stop store stream stream_options temperature tool_choice tools top_logprobs top_p user verbosity " +
  "web_search_options";

/** Faults of a chat completions request. */
export function chatFaults(body: Raw, model: string): string[] {
  const list = new FaultList();
  list.fields(body, "body", requestFields);
  list.expect(body.model === model, `model is ${body.model}`);
  list.expect(Array.isArray(body.messages) && body.messages.length > 0, "messages are missing");
  checkOptions(list, body);
  let waiting = new Set<string>();
  for (const [index, message] of (body.messages ?? []).entries()) {
    const path = `messages[${index}]`;
    if (message.role === "tool") {
      list.fields(message, path, "role content tool_call_id");
      list.expect(waiting.delete(message.tool_call_id), `${path} answers no call: ${message.tool_call_id}`);
      checkContent(list, message.content, path, ["text"]);
      continue;
    }
    list.expect(waiting.size === 0, `${path} comes before the results of ${[...waiting]}`);
    waiting = new Set();
    switch (message.role) {
      case "system":
      case "developer":
        list.fields(message, path, "role content name");
        checkContent(list, message.content, path, ["text"]);
        break;
      case "user":
        list.fields(message, path, "role content name");
        checkContent(list, message.content, path, ["text", "image_url", "input_audio", "file"]);
        break;
      case "assistant":
        list.fields(message, path, "role content name refusal tool_calls audio");
        waiting = checkAssistant(list, message, path);
        break;
      default:
        list.expect(false, `${path}.role is ${message.role}`);
    }
  }
  list.expect(waiting.size === 0, `nothing answers ${[...waiting]}`);
  return list.faults;
}

function checkAssistant(list: FaultList, message: Raw, path: string): Set<string> {
  const calls = message.tool_calls ?? [];
  if (message.content !== null && message.content !== undefined) {
    checkContent(list, message.content, path, ["text", "refusal"]);
  } else list.expect(calls.length > 0 || isText(message.refusal) || message.audio, `${path} says nothing`);
  list.expect(message.tool_calls === undefined || calls.length > 0, `${path}.tool_calls is empty`);
  const ids = new Set<string>();
  for (const [index, call] of calls.entries()) {
    const at = `${path}.tool_calls[${index}]`;
    list.fields(call, at, "id type function");
    list.expect(call.type === "function" && isText(call.id) && !ids.has(call.id), `${at} has no id of its own`);
    list.name(call.function?.name, `${at}.function.name`);
    list.expect(
      isJsonText(call.function?.arguments),
      `${at}.function.arguments is no JSON: ${call.function?.arguments}`,
    );
    ids.add(call.id);
  }
  return ids;
}

function checkContent(list: FaultList, content: Raw, path: string, types: readonly string[]): void {
  if (typeof content === "string") return;
  list.expect(Array.isArray(content) && content.length > 0, `${path}.content is neither text nor parts`);
  for (const [index, part] of (content ?? []).entries()) {
    const at = `${path}.content[${index}]`;
    list.expect(types.includes(part.type), `${at}.type is ${part.type}`);
    switch (part.type) {
      case "text":
        list.fields(part, at, "type text");
        list.expect(typeof part.text === "string", `${at} has no text`);
        break;
      case "image_url":
        list.fields(part.image_url, at, "url detail");
        list.expect(isFetchable(part.image_url?.url), `${at} has no image`);
        break;
      case "input_audio":
        list.fields(part.input_audio, at, "data format");
        list.expect(/^(?:wav|mp3)$/.test(part.input_audio?.format), `${at}.format is ${part.input_audio?.format}`);
        break;
      case "file":
        list.fields(part.file, at, "filename file_data file_id");
        list.expect(
          isText(part.file?.file_id) || (isText(part.file?.filename) && isFetchable(part.file?.file_data)),
          `${at} has no file`,
        );
        break;
    }
  }
}

function checkOptions(list: FaultList, body: Raw): void {
  list.expect(!("max_tokens" in body && "max_completion_tokens" in body), "two bounds are given");
  list.expect(body.stream === true || body.stream_options === undefined, "stream_options without a stream");
  list.number(body.temperature, "temperature", 0, 2);
  list.number(body.top_p, "top_p", 0, 1);
  list.number(body.top_logprobs, "top_logprobs", 0, 20);
  list.expect(body.top_logprobs === undefined || body.logprobs === true, "top_logprobs without logprobs");
  list.expect(!Array.isArray(body.stop) || body.stop.length <= 4, "more than 4 stop sequences");
  for (const [index, tool] of (body.tools ?? []).entries()) {
    const at = `tools[${index}]`;
    list.fields(tool, at, "type function");
    list.fields(tool.function, `${at}.function`, "name description parameters strict");
    list.name(tool.function?.name, `${at}.function.name`);
    if (tool.function?.parameters !== undefined)
      list.objectSchema(tool.function.parameters, `${at}.function.parameters`);
  }
  list.expect(body.tools === undefined || body.tools.length > 0, "tools is empty");
  list.expect(body.tools !== undefined || body.tool_choice === undefined, "tool_choice without tools");
  list.expect(body.tools !== undefined || body.parallel_tool_calls === undefined, "parallel_tool_calls without tools");
  const forced = body.tool_choice?.function?.name;
  list.expect(
    forced === undefined || body.tools.some((tool: Raw) => tool.function.name === forced),
    `the forced tool ${forced} is not offered`,
  );
  if (body.response_format?.type === "json_schema") {
    const { json_schema: schema } = body.response_format;
    list.fields(schema, "json_schema", "name description schema strict");
    list.name(schema.name, "json_schema.name");
  }
  for (const value of Object.values(body.metadata ?? {})) list.expect(typeof value === "string", "metadata is no text");
}
