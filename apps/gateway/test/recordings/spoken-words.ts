import type { JsonObject, JsonValue } from "@gw/core/types";

// What people and tools say, by the names that the four formats have for it.
const spoken = new Set(["text", "content", "output", "instructions", "system", "input", "refusal", "result"]);
// Thinking stays with the vendor that did it, and what a vendor's own tools found is read by nobody else.
const unspoken = /^(?:thinking|redacted_thinking|reasoning.*|server_tool_use|.*_tool_result|.*_call|item_reference)$/;

/** Texts of a conversation, wherever they stand in it. */
function spokenWords(value: JsonValue | undefined, name: string): string[] {
  if (typeof value === "string") return spoken.has(name) && value.trim() !== "" ? [value.trim()] : [];
  if (Array.isArray(value)) return value.flatMap((item) => spokenWords(item, name));
  if (typeof value !== "object" || value === null) return [];
  if (value.thought === true || (typeof value.type === "string" && unspoken.test(value.type))) return [];
  return Object.entries(value).flatMap(([key, inner]) => spokenWords(inner, key));
}

/** Every string, and every object as text: a result of JSON may arrive as what it says. */
function allTexts(value: JsonValue | undefined): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return [JSON.stringify(value), ...Object.values(value).flatMap(allTexts)];
}

function compact(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}

/** Texts of a caller's conversation that are nowhere in the body that the vendor got. */
export function lostWords(request: JsonObject, body: JsonObject): string[] {
  const { messages, system, instructions, input, contents, systemInstruction } = request;
  const words = spokenWords({ messages, system, instructions, input, contents, systemInstruction } as JsonObject, "");
  const arrived = allTexts(body);
  return words.filter((said) => !arrived.some((text) => text.includes(said) || text === compact(said)));
}
