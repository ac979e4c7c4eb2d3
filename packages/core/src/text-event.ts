import type { AssistantPart, DialectId } from "./content.ts";
import type { JsonObject } from "./json.ts";
import type { TextEnding } from "./text-result.ts";
import type { Usage } from "./usage.ts";

/**
 * One event of a streamed answer.
 *
 * Grammar: exactly one `response-start`, first; exactly one `response-end`, last; between them parts, each known by its
 * `index` (0, 1, 2, ... in the order in which they begin). A part is one of
 *
 * - `text-start`, `text-delta`*, `text-end`
 * - `reasoning-start`, `reasoning-delta`*, `reasoning-end`
 * - `refusal-start`, `refusal-delta`*, `refusal-end`
 * - `tool-call-start`, `tool-call-delta`*, `tool-call-end`
 * - `part`: a part that comes whole
 *
 * Parts may overlap (parallel tool calls do). Every part that begins is ended before `response-end`. A delta is never empty.
 * A failure is not an event: it is thrown as a `GatewayError`, and a stream that ends without `response-end` has failed.
 */
export type TextEvent =
  | {
      readonly type: "response-start";
      readonly id: string | null;
      readonly model: string | null;
      /** What the vendor has counted by then, where it says so early: what an answer that breaks off is charged by. */
      readonly usage?: Usage;
    }
  | { readonly type: "text-start"; readonly index: number }
  | { readonly type: "text-delta"; readonly index: number; readonly text: string; readonly logprobs?: JsonObject }
  | {
      readonly type: "text-end";
      readonly index: number;
      /** What the finished part carries beside its text: annotations, citations, phases. */
      readonly providerOptions?: Readonly<Record<DialectId, JsonObject>>;
    }
  | { readonly type: "reasoning-start"; readonly index: number; readonly origin: DialectId; readonly id?: string }
  | { readonly type: "reasoning-delta"; readonly index: number; readonly text: string }
  | {
      readonly type: "reasoning-end";
      readonly index: number;
      readonly signature?: string;
      readonly sealed?: string;
      readonly providerOptions?: Readonly<Record<DialectId, JsonObject>>;
    }
  | { readonly type: "refusal-start"; readonly index: number }
  | { readonly type: "refusal-delta"; readonly index: number; readonly text: string }
  | { readonly type: "refusal-end"; readonly index: number }
  | {
      readonly type: "tool-call-start";
      readonly index: number;
      readonly id: string;
      readonly name: string;
      /** Where it is known by now; the end repeats it. Some callers only read the first piece of a call. */
      readonly signature?: { readonly origin: DialectId; readonly value: string };
    }
  /** A fragment of the arguments' JSON text. */
  | { readonly type: "tool-call-delta"; readonly index: number; readonly arguments: string }
  | {
      readonly type: "tool-call-end";
      readonly index: number;
      readonly signature?: { readonly origin: DialectId; readonly value: string };
      readonly providerOptions?: Readonly<Record<DialectId, JsonObject>>;
    }
  | { readonly type: "part"; readonly index: number; readonly part: AssistantPart }
  | ({ readonly type: "response-end" } & TextEnding);
