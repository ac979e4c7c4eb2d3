import type { JsonObject, JsonValue } from "@gw/core";
import { objectOf, objectsOf } from "../json-list.ts";
import { VendorError } from "../vendor-error.ts";

// Models that take neither sampling parameters nor a thinking budget. @see NousResearch/hermes-agent#11137 (Opus 4.7)
const withoutSampling = /claude-(?:opus-(?:4-[78]|5)|sonnet-5|fable-5|mythos-5)/;

/** What Anthropic refuses outside the messages. @throws {VendorError} */
export function checkOptions(body: JsonObject): void {
  if (typeof body.model !== "string" || body.model === "") throw refuse("model: Field required");
  if (body.max_tokens === undefined) throw refuse("max_tokens: Field required");
  if (typeof body.max_tokens !== "number" || body.max_tokens < 1) {
    throw refuse("max_tokens: Input should be greater than or equal to 1");
  }
  refuseThread(body);
  checkSampling(body, body.model);
  checkThinking(body, body.max_tokens);
  checkTools(body);
  checkCacheMarks(body);
}

function refuse(message: string): VendorError {
  return new VendorError(400, message);
}

// Conversations are not kept here; the SDK then sends the whole of them (@anthropic-ai/sdk 1.10, `thread_unsupported_request`).
function refuseThread({ thread }: JsonObject): void {
  if ((thread ?? null) === null) return;
  throw new VendorError(400, "gw-sandbox: message threads are not simulated", {
    details: [{ error_code: "thread_unsupported_request", unsupported: ["thread"] }],
  });
}

function checkSampling(body: JsonObject, model: string): void {
  const { temperature, top_p, top_k } = body;
  if (typeof temperature === "number" && (temperature < 0 || temperature > 1)) throw refuse("temperature: range: 0..1");
  if (typeof top_p === "number" && (top_p < 0 || top_p > 1)) throw refuse("top_p: range: 0..1");
  if (!withoutSampling.test(model)) return;
  for (const [name, value] of Object.entries({ temperature, top_p, top_k })) {
    if (value !== undefined) throw refuse(`${name}: is not supported by this model`);
  }
}

function checkThinking(body: JsonObject, maxTokens: number): void {
  const thinking = objectOf(body.thinking);
  if (thinking.type !== "enabled") return;
  if (withoutSampling.test(String(body.model))) {
    throw refuse("thinking.type: `enabled` is not supported by this model, use `adaptive`");
  }
  const budget = thinking.budget_tokens;
  if (typeof budget !== "number") throw refuse("thinking.enabled.budget_tokens: Field required");
  if (budget < 1_024) throw refuse("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024");
  if (budget >= maxTokens) throw refuse("`max_tokens` must be greater than `thinking.budget_tokens`");
  if (body.temperature !== undefined && body.temperature !== 1) {
    throw refuse("`temperature` may only be set to 1 when thinking is enabled");
  }
  const choice = objectOf(body.tool_choice).type;
  if (choice === "any" || choice === "tool")
    throw refuse("Thinking may not be enabled when tool_choice forces tool use.");
}

function checkTools(body: JsonObject): void {
  const tools = objectsOf(body.tools);
  for (const [index, tool] of tools.entries()) {
    if (tool.type !== undefined && tool.type !== "custom") continue;
    const path = `tools.${index}.custom`;
    if (typeof tool.name !== "string") throw refuse(`${path}.name: Field required`);
    if (!/^[a-zA-Z0-9_-]{1,128}$/.test(tool.name)) {
      throw refuse(`${path}.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`);
    }
    const schema = tool.input_schema;
    if (schema === undefined) throw refuse(`${path}.input_schema: Field required`);
    if (objectOf(schema).type !== "object") throw refuse(`${path}.input_schema.type: Input should be 'object'`);
    const bound = tool.strict === true ? boundedNumber(schema) : null;
    if (bound !== null)
      throw refuse(`${path}: For '${bound.type}' type, property '${bound.property}' is not supported`);
  }
  const choice = objectOf(body.tool_choice);
  if (choice.type === undefined || choice.type === "none") return;
  if (tools.length === 0) throw refuse("tool_choice may only be specified while providing tools.");
  if (choice.type === "tool" && !tools.some((tool) => tool.name === choice.name)) {
    throw refuse(`Tool '${String(choice.name)}' not found in provided tools`);
  }
}

/** A number with a bound, which strict schemas may not have. @see CherryHQ/cherry-studio#18037, agentjido/req_llm#302 */
function boundedNumber(schema: JsonValue | undefined): { readonly type: string; readonly property: string } | null {
  const { type, properties, items, ...keywords } = objectOf(schema);
  const property = ["minimum", "maximum"].find((name) => keywords[name] !== undefined);
  if ((type === "integer" || type === "number") && property !== undefined) return { type, property };
  for (const inner of [items, ...Object.values(objectOf(properties))]) {
    const found = inner === undefined ? null : boundedNumber(inner);
    if (found !== null) return found;
  }
  return null;
}

const mostCacheMarks = 4;

function checkCacheMarks(body: JsonObject): void {
  const marks = [...cacheMarks(body.tools), ...cacheMarks(body.system), ...cacheMarks(body.messages)];
  if (marks.length > mostCacheMarks) {
    throw refuse(`A maximum of 4 blocks with cache_control may be provided. Found ${marks.length}.`);
  }
  const short = marks.findIndex((mark) => mark.ttl !== "1h");
  if (short >= 0 && marks.slice(short).some((mark) => mark.ttl === "1h")) {
    throw refuse("a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block");
  }
}

function* cacheMarks(value: JsonValue | undefined): Generator<JsonObject> {
  for (const item of objectsOf(value)) {
    yield* cacheMarks(item.content);
    if (item.cache_control !== undefined && item.cache_control !== null) yield objectOf(item.cache_control);
  }
}
