import { FaultList, isFetchable, isJsonText, isObject, isText, type Raw } from "./fault-list.ts";

const requestFields =
  "background conversation include input instructions max_output_tokens max_tool_calls metadata model parallel_tool_calls " +
  "previous_response_id prompt prompt_cache_key prompt_cache_retention reasoning safety_identifier service_tier store stream " +
  "stream_options temperature text tool_choice tools top_logprobs top_p truncation user";

/** Faults of a Responses request. */
export function responsesFaults(body: Raw, model: string): string[] {
  const list = new FaultList();
  list.fields(body, "body", requestFields);
  list.expect(body.model === model, `model is ${body.model}`);
  list.expect(isText(body.input) || (Array.isArray(body.input) && body.input.length > 0), "input is missing");
  checkOptions(list, body);
  const items: Raw[] = Array.isArray(body.input) ? body.input : [];
  const waiting = new Set<string>();
  for (const [index, item] of items.entries()) checkItem(list, item, `input[${index}]`, items[index + 1], waiting);
  list.expect(waiting.size === 0, `nothing answers ${[...waiting]}`);
  return list.faults;
}

function checkItem(list: FaultList, item: Raw, path: string, next: Raw, waiting: Set<string>): void {
  switch (item.type ?? "message") {
    case "message":
      list.fields(item, path, "type role content id status phase");
      checkContent(list, item, path);
      return;
    case "function_call":
      list.fields(item, path, "type id call_id name arguments status");
      list.expect(isText(item.call_id) && !waiting.has(item.call_id), `${path} has no id of its own`);
      list.name(item.name, `${path}.name`);
      list.expect(isJsonText(item.arguments), `${path}.arguments is no JSON: ${item.arguments}`);
      waiting.add(item.call_id);
      return;
    case "function_call_output":
      list.fields(item, path, "type id call_id output status");
      list.expect(waiting.delete(item.call_id), `${path} answers no call: ${item.call_id}`);
      if (typeof item.output !== "string") checkParts(list, item.output, `${path}.output`, inputParts);
      return;
    case "reasoning":
      list.fields(item, path, "type id summary content encrypted_content status");
      list.expect(Array.isArray(item.summary) && isText(item.id), `${path} has no summary or id`);
      // "Item 'rs_...' of type 'reasoning' was provided without its required following item."
      list.expect(next !== undefined && (next.role ?? "assistant") === "assistant", `${path} leads to nothing`);
      return;
    default:
      list.expect(false, `${path}.type is ${item.type}`);
  }
}

// Audio is in the SDK's types, for whichever model takes it.
const inputParts = ["input_text", "input_image", "input_file", "input_audio"];

function checkContent(list: FaultList, { role, content }: Raw, path: string): void {
  list.expect(["user", "assistant", "system", "developer"].includes(role), `${path}.role is ${role}`);
  if (typeof content === "string") return;
  const types = role === "assistant" ? ["output_text", "refusal"] : role === "user" ? inputParts : ["input_text"];
  checkParts(list, content, `${path}.content`, types);
}

function checkParts(list: FaultList, parts: Raw, path: string, types: readonly string[]): void {
  list.expect(Array.isArray(parts) && parts.length > 0, `${path} is neither text nor parts`);
  for (const [index, part] of (parts ?? []).entries()) {
    const at = `${path}[${index}]`;
    list.expect(types.includes(part.type), `${at}.type is ${part.type}`);
    switch (part.type) {
      case "input_text":
        list.fields(part, at, "type text");
        list.expect(typeof part.text === "string", `${at} has no text`);
        break;
      case "output_text":
        list.fields(part, at, "type text annotations logprobs");
        list.expect(typeof part.text === "string", `${at} has no text`);
        break;
      case "refusal":
        list.expect(typeof part.refusal === "string", `${at} has no refusal`);
        break;
      case "input_image":
        list.fields(part, at, "type image_url file_id detail");
        list.expect(isText(part.file_id) || isFetchable(part.image_url), `${at} has no image`);
        break;
      case "input_file":
        list.fields(part, at, "type filename file_data file_id file_url");
        list.expect(
          isText(part.file_id) || isFetchable(part.file_url) || (isText(part.filename) && isFetchable(part.file_data)),
          `${at} has no file`,
        );
        break;
    }
  }
}

function checkOptions(list: FaultList, body: Raw): void {
  list.number(body.temperature, "temperature", 0, 2);
  list.number(body.top_p, "top_p", 0, 1);
  for (const [index, tool] of (body.tools ?? []).entries()) {
    const at = `tools[${index}]`;
    list.fields(tool, at, "type name description parameters strict");
    list.expect(tool.type === "function", `${at}.type is ${tool.type}`);
    list.name(tool.name, `${at}.name`);
    list.expect(tool.parameters === null || isObject(tool.parameters), `${at}.parameters are missing`);
  }
  list.expect(body.tools === undefined || body.tools.length > 0, "tools is empty");
  list.expect(body.tools !== undefined || body.tool_choice === undefined, "tool_choice without tools");
  const forced = body.tool_choice?.name;
  list.expect(
    forced === undefined || body.tools.some((tool: Raw) => tool.name === forced),
    `the forced tool ${forced} is not offered`,
  );
  if (body.text?.format?.type === "json_schema") {
    list.fields(body.text.format, "text.format", "type name description schema strict");
    list.name(body.text.format.name, "text.format.name");
  }
  for (const value of Object.values(body.metadata ?? {})) list.expect(typeof value === "string", "metadata is no text");
}
