import { isJsonObject, type JsonObject, type TextEvent, type ToolCallPart } from "@gw/core";
import { argumentsText, callFields, nonEmpty } from "./decode-result.ts";
import { dialectId } from "./dialect-id.ts";
import { keepOptions, unknownFields } from "./part-options.ts";
import { AnswerCallIds } from "./tool-call-ids.ts";
import { decodeCallSignature } from "./tool-call-signature.ts";

interface Call {
  /** Index of the part, or `null` until the function's name is known. */
  index: number | null;
  wireId: string;
  name: string;
  /** Arguments that came before the name. */
  held: string;
  signature: Pick<ToolCallPart, "signature">;
  options: JsonObject;
  /** A call of a kind that only this format has, put together from its fragments. */
  other: JsonObject | null;
}

/**
 * Puts fragments of tool calls together.
 *
 * By the book `index` tells calls apart, and only the first fragment has id and name. Servers also repeat them, send them
 * empty, leave the index out, or give every call index 0.
 *
 * @see recordings of 2025-2026 (DashScope: `id: ""` and `name: ""` after the first fragment)
 */
export class ReplyToolCalls {
  readonly #events: () => TextEvent[];
  readonly #takeIndex: () => number;
  readonly #calls: Call[] = [];
  readonly #byWireIndex = new Map<number, Call>();
  readonly #ids = new AnswerCallIds();

  constructor(events: () => TextEvent[], takeIndex: () => number) {
    this.#events = events;
    this.#takeIndex = takeIndex;
  }

  get any(): boolean {
    return this.#calls.length > 0;
  }

  push(fragment: JsonObject, answerId: string | null): void {
    const called = isJsonObject(fragment.function) ? fragment.function : {};
    const wireId = nonEmpty(fragment.id) ?? "";
    const name = nonEmpty(called.name) ?? "";
    const custom = isJsonObject(fragment.custom) ? fragment.custom : null;
    const call = this.#callOf(fragment, wireId, name !== "" || custom !== null);
    if (call === null) return;
    if (custom !== null) {
      call.other = mergeCustom(call.other ?? fragment, custom, call.other === null);
      return;
    }
    call.wireId ||= wireId;
    call.name ||= name;
    call.held += argumentsText(called.arguments);
    call.signature = { ...call.signature, ...decodeCallSignature(fragment.extra_content) };
    Object.assign(call.options, unknownFields(fragment, callFields));
    if (call.name !== "") this.#flush(call, answerId);
  }

  /** The call that a fragment goes on with, or a new one; `null` for a fragment that says nothing. */
  #callOf(fragment: JsonObject, wireId: string, named: boolean): Call | null {
    const wireIndex = typeof fragment.index === "number" ? fragment.index : null;
    const known =
      wireIndex !== null
        ? this.#byWireIndex.get(wireIndex)
        : wireId !== ""
          ? this.#calls.find((call) => call.wireId === wireId)
          : named
            ? undefined
            : this.#calls.at(-1);
    const another = known !== undefined && named && wireId !== "" && known.wireId !== "" && known.wireId !== wireId;
    if (known !== undefined && !another) return known;
    if (wireId === "" && !named && argumentsText((fragment.function as JsonObject | null)?.arguments) === "")
      return null;
    const call: Call = { index: null, wireId: "", name: "", held: "", signature: {}, options: {}, other: null };
    this.#calls.push(call);
    if (wireIndex !== null) this.#byWireIndex.set(wireIndex, call);
    return call;
  }

  #flush(call: Call, answerId: string | null): void {
    if (call.index === null) {
      call.index = this.#takeIndex();
      const id = this.#ids.take(call.wireId, answerId, this.#calls.indexOf(call));
      this.#events().push({ type: "tool-call-start", index: call.index, id, name: call.name });
    }
    if (call.held === "") return;
    this.#events().push({ type: "tool-call-delta", index: call.index, arguments: call.held });
    call.held = "";
  }

  finish(answerId: string | null): void {
    for (const call of this.#calls) {
      if (call.other !== null) {
        const part = { type: "opaque", origin: dialectId, value: { tool_call: call.other } } as const;
        this.#events().push({ type: "part", index: this.#takeIndex(), part });
        continue;
      }
      this.#flush(call, answerId);
      if (call.index === null) continue;
      this.#events().push({
        type: "tool-call-end",
        index: call.index,
        ...call.signature,
        ...keepOptions(call.options),
      });
    }
  }
}

function mergeCustom(call: JsonObject, custom: JsonObject, first: boolean): JsonObject {
  if (first) return call;
  const earlier = isJsonObject(call.custom) ? call.custom : {};
  return { ...call, custom: { ...earlier, input: `${argumentsText(earlier.input)}${argumentsText(custom.input)}` } };
}
