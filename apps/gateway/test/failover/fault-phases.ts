import type { Fault, ScriptedReply } from "@gw/provider-testkit";
import {
  afterContent,
  answerStream,
  answerWhole,
  beforeContent,
  type VendorFault,
  vendorFaults,
} from "../robustness/vendor-faults.ts";

const busy = Buffer.from('data: {"error":{"message":"We are busy","type":"overloaded_error","code":null}}\n\n');
/** Frames of the stream: the head, two of content, the finish reason, the terminator. */
const frame = { head: 0, content: 1, afterContent: 2, terminator: 4 } as const;

/** What the robustness tests leave out, because a caller of one target sees nothing new in it. */
const more: readonly VendorFault[] = [
  whole("is late by less than the bound", { type: "delay", delayMs: 50 }, "complete"),
  streamed("is late by less than the bound", [{ type: "delay", delayMs: 50 }], "complete"),
  whole("is late by more than the bound", { type: "delay", delayMs: 3_000 }, "504 timed_out"),
  streamed("is late by more than the bound", [{ type: "delay", delayMs: 3_000 }], "504 timed_out"),
  whole("ends with its head", { type: "cut", after: "head", how: "clean" }, "502 reply_malformed"),
  ...(["clean", "fin", "reset"] as const).map((how) =>
    streamed(`ends with its head (${how})`, [{ type: "cut", after: "head", how }], "502 stream_truncated"),
  ),
  streamed("fails with its first event", [{ type: "insert", at: frame.head, bytes: busy }], "503 overloaded"),
  streamed("has a malformed first event", [{ type: "malformed-frame", at: frame.head }], "502 reply_malformed"),
  streamed("leaves out all", [{ type: "drop-frames", from: frame.head }], "502 stream_truncated"),
  streamed(
    "leaves out its content and its end",
    [{ type: "drop-frames", from: frame.content }],
    "502 stream_truncated",
  ),
  streamed("leaves out its end", [{ type: "drop-frames", from: frame.afterContent }], "partial stream_truncated"),
  streamed("stalls inside its first event", [{ type: "stall", after: beforeContent - 5 }], "504 timed_out"),
  streamed("stalls inside a later event", [{ type: "stall", after: afterContent + 5 }], "partial timed_out"),
];

/** Every fault of the fault upstream, in every phase in which it can come. */
export const faultPhases: readonly VendorFault[] = [...vendorFaults, ...more];

/** A good answer, be it asked for as a stream or whole. */
export function goodAnswer(stream: boolean): ScriptedReply {
  return stream ? answerStream() : answerWhole();
}

function whole(name: string, fault: Fault, outcome: string): VendorFault {
  return { name, reply: answerWhole(fault), whole: outcome };
}

function streamed(name: string, faults: readonly Fault[], outcome: string): VendorFault {
  return { name, reply: answerStream(...faults), stream: outcome };
}
