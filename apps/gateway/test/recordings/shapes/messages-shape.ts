import { FaultList, isFetchable, isObject, isText, type Raw } from "./fault-list.ts";

const requestFields =
  "cache_control max_tokens messages metadata model output_config service_tier stop_sequences stream system temperature " +
  "thinking tool_choice tools top_k top_p";

/** Faults of an Anthropic messages request. */
export function messagesFaults(body: Raw, model: string): string[] {
  const list = new FaultList();
  list.fields(body, "body", requestFields);
  list.expect(body.model === model, `model is ${body.model}`);
  list.expect(Array.isArray(body.messages) && body.messages.length > 0, "messages are missing");
  checkOptions(list, body);
  if (Array.isArray(body.system)) {
    for (const block of body.system) list.expect(isText(block.text?.trim()), "a system block is empty");
  } else if (body.system !== undefined) list.expect(isText(body.system?.trim()), "system is empty");
  let waiting = new Set<string>();
  let previous = "";
  for (const [index, { role, content, ...rest }] of (body.messages ?? []).entries()) {
    const path = `messages[${index}]`;
    list.expect(Object.keys(rest).length === 0, `${path} has ${Object.keys(rest)}`);
    list.expect(role === "user" || role === "assistant", `${path}.role is ${role}`);
    list.expect(role !== previous, `${path} is of the same role as the one before`);
    previous = role;
    const blocks: Raw[] = typeof content === "string" ? [{ type: "text", text: content }] : content;
    list.expect(Array.isArray(blocks) && blocks.length > 0, `${path} is empty`);
    if (role === "user") checkUser(list, blocks, path, waiting);
    waiting = role === "assistant" ? checkAssistant(list, blocks, path) : new Set();
  }
  list.expect(waiting.size === 0, `nothing answers ${[...waiting]}`);
  checkEnd(list, body, model);
  return list.faults;
}

function checkUser(list: FaultList, blocks: readonly Raw[], path: string, waiting: Set<string>): void {
  let beforeOther = true;
  for (const [index, block] of blocks.entries()) {
    const at = `${path}.content[${index}]`;
    if (block.type !== "tool_result") {
      beforeOther = false;
      checkInput(list, block, at);
      continue;
    }
    list.fields(block, at, "type tool_use_id content is_error cache_control");
    list.expect(beforeOther, `${at}: results come first`);
    list.expect(waiting.delete(block.tool_use_id), `${at} answers no call: ${block.tool_use_id}`);
    if (Array.isArray(block.content)) for (const part of block.content) checkInput(list, part, at);
  }
  list.expect(waiting.size === 0, `${path} does not answer ${[...waiting]}`);
}

function checkInput(list: FaultList, block: Raw, path: string): void {
  switch (block.type) {
    case "text":
      list.fields(block, path, "type text cache_control");
      list.expect(isText(block.text?.trim()), `${path} is empty`);
      return;
    case "image":
    case "document": {
      list.fields(block, path, "type source title context citations cache_control");
      const { type, media_type: mediaType, data, url, file_id: fileId } = block.source ?? {};
      const isSource =
        (type === "base64" && isText(mediaType) && isText(data)) ||
        (type === "url" && isFetchable(url)) ||
        (type === "text" && mediaType === "text/plain" && typeof data === "string") ||
        (type === "file" && isText(fileId)) ||
        type === "content";
      list.expect(isSource, `${path} has no source: ${type}`);
      return;
    }
    default:
      list.expect(false, `${path}.type is ${block.type}`);
  }
}

function checkAssistant(list: FaultList, blocks: readonly Raw[], path: string): Set<string> {
  const ids = new Set<string>();
  for (const [index, block] of blocks.entries()) {
    const at = `${path}.content[${index}]`;
    switch (block.type) {
      case "text":
        list.fields(block, at, "type text citations cache_control");
        list.expect(isText(block.text?.trim()), `${at} is empty`);
        break;
      case "tool_use":
        list.fields(block, at, "type id name input cache_control");
        list.expect(/^[a-zA-Z0-9_-]+$/.test(block.id) && !ids.has(block.id), `${at} has no id of its own: ${block.id}`);
        list.name(block.name, `${at}.name`);
        list.expect(isObject(block.input), `${at}.input is no object`);
        ids.add(block.id);
        break;
      default:
        // Thinking of another vendor cannot be signed.
        list.expect(false, `${at}.type is ${block.type}`);
    }
  }
  return ids;
}

function checkOptions(list: FaultList, body: Raw): void {
  list.expect(Number.isInteger(body.max_tokens) && body.max_tokens > 0, `max_tokens is ${body.max_tokens}`);
  list.number(body.temperature, "temperature", 0, 1);
  list.number(body.top_p, "top_p", 0, 1);
  for (const stop of body.stop_sequences ?? []) list.expect(isText(stop.trim()), "a stop sequence is blank");
  list.expect(
    Object.keys(body.metadata ?? {}).every((name) => name === "user_id"),
    "metadata has more than user_id",
  );
  for (const [index, tool] of (body.tools ?? []).entries()) {
    const at = `tools[${index}]`;
    list.fields(tool, at, "type name description input_schema strict cache_control");
    list.name(tool.name, `${at}.name`);
    list.objectSchema(tool.input_schema, `${at}.input_schema`);
  }
  list.expect(body.tools !== undefined || body.tool_choice === undefined, "tool_choice without tools");
  if (body.tool_choice?.type === "tool") {
    const { name } = body.tool_choice;
    list.expect(
      body.tools?.some((tool: Raw) => tool.name === name),
      `the forced tool ${name} is not offered`,
    );
  }
  const budget = body.thinking?.budget_tokens;
  if (budget !== undefined)
    list.expect(budget >= 1_024 && budget < body.max_tokens, `the budget ${budget} is no budget`);
  if (body.thinking !== undefined && body.thinking.type !== "disabled") {
    list.expect((body.temperature ?? 1) === 1 && body.top_k === undefined, "sampling while thinking");
    list.expect(!["any", "tool"].includes(body.tool_choice?.type), "a forced tool while thinking");
  }
  if (body.output_config?.format !== undefined) {
    list.expect(isObject(body.output_config.format.schema), "an output format without schema");
  }
}

function checkEnd(list: FaultList, body: Raw, model: string): void {
  const last = body.messages?.at(-1);
  if (/opus-5|opus-4-[678]|sonnet-5/.test(model)) {
    list.expect(last?.role !== "assistant", "the assistant's turn is begun for it");
    list.expect(body.thinking?.budget_tokens === undefined, "a budget for adaptive thinking");
  }
  if (/opus-5|opus-4-[78]|sonnet-5/.test(model)) {
    list.expect(!("temperature" in body || "top_p" in body || "top_k" in body), "sampling of a model that refuses it");
  }
  const text = last?.role === "assistant" ? last.content.at(-1)?.text : undefined;
  list.expect(text === undefined || text === text.trimEnd(), "the last text ends in a space");
}
