import { VendorError } from "./vendor-error.ts";

/**
 * What is to go wrong with an answer. Several things may: `delay=500;cut=3` waits, sends three events and closes.
 *
 * Events are counted from 0 as they are on the wire; in an answer that is not streamed, `stall` and `cut` (above 0) come after
 * half of the body, `malformed` spoils its end, and `error` answers with the status instead.
 */
export interface Fault {
  /** Answers with this status and the vendor's words for it; together with `error`, what the error would have been. */
  readonly status?: number;
  /** The vendor's hint with that status, in seconds. */
  readonly "retry-after"?: number;
  /** The vendor's word for the error, in place of the usual one of that status. */
  readonly code?: string;
  /** Milliseconds before anything is sent. */
  readonly delay?: number;
  /** After so many events nothing more comes, and the connection stays open. */
  readonly stall?: number;
  /** After so many events the connection closes; 0: before the head. */
  readonly cut?: number;
  /** The same after so many bytes of the body. */
  readonly "cut-bytes"?: number;
  /** After so many events the vendor says that it failed, and ends. */
  readonly error?: number;
  /** The event of this number is broken JSON. */
  readonly malformed?: number;
  /** Ends without the vendor's last event. */
  readonly "no-terminator"?: number;
  /** Milliseconds between events. */
  readonly slow?: number;
  /** Only so many calls fail, and those after them go well. A call is known by its prompt. */
  readonly times?: number;
}

const numeric: ReadonlySet<string> = new Set([
  "status",
  "retry-after",
  "delay",
  "stall",
  "cut",
  "cut-bytes",
  "error",
  "malformed",
  "no-terminator",
  "slow",
  "times",
] satisfies (keyof Fault)[]);
const longestWaitMs = 600_000;

/**
 * Reads a fault such as `status=429;retry-after=2`; a `:` may stand for the first `=`.
 * @throws {VendorError} of status 400 for anything else, so that a typo is not mistaken for health.
 */
export function parseFault(text: string): Fault {
  const fault: Record<string, number | string> = {};
  for (const item of text.split(";").map((part) => part.trim())) {
    const [, name = "", value] = /^([a-z-]+)(?:[=:](.*))?$/.exec(item) ?? [];
    if (name === "code" && value !== undefined) {
      fault.code = value;
      continue;
    }
    const number = value === undefined ? defaults[name] : Number(value);
    if (!numeric.has(name) || number === undefined || !(number >= 0 && number <= longestWaitMs)) {
      throw new VendorError(
        400,
        `gw-sandbox: there is no fault "${item}"; known are ${[...numeric].join(", ")} and code`,
      );
    }
    fault[name] = number;
  }
  return checkStatus(fault);
}

const defaults: Readonly<Record<string, number>> = { "no-terminator": 1, malformed: 1, error: 1, stall: 1, cut: 1 };

function checkStatus(fault: Fault): Fault {
  if (fault.status !== undefined && !(Number.isInteger(fault.status) && fault.status >= 400 && fault.status <= 599)) {
    throw new VendorError(400, "gw-sandbox: the status of a fault is from 400 to 599");
  }
  return fault;
}

/** The fault that a prompt asks for as `[[gw-fault:...]]`, where no header can; `null` without one. */
export function faultInPrompt(prompt: string): Fault | null {
  const marked = /\[\[gw-fault:([^\]]*)\]\]/.exec(prompt);
  return marked === null ? null : parseFault(marked[1] as string);
}
