/** One HTTP answer, before faults. Everything in it is decided before the first byte is sent. */
export type Reply = WholeReply | StreamReply;

export interface WholeReply {
  readonly kind: "whole";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface StreamReply {
  readonly kind: "stream";
  readonly headers: Readonly<Record<string, string>>;
  /** As they are on the wire, framing included. */
  readonly events: readonly string[];
  /** What the vendor sends after the last event; empty when the connection just ends. */
  readonly terminator: string;
  /** The vendor's way to say in a running stream that it failed, for the status it would have had. */
  failure(status: number): string;
}

/** A JSON answer of status 200. */
export function wholeReply(
  headers: Readonly<Record<string, string>>,
  body: unknown,
  contentType = "application/json",
): WholeReply {
  return {
    kind: "whole",
    status: 200,
    headers: { "content-type": contentType, ...headers },
    body: JSON.stringify(body),
  };
}
