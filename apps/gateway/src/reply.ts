import type { StreamReader } from "@gw/stream-buffer";
import type { Framing } from "./pipeline/decode.ts";

/** Header names in lower case, as they are sent. */
export type ReplyHeaders = Record<string, string>;

/** What goes back to a caller: the same for HTTP and for a program that holds the gateway. */
export type Reply =
  | {
      readonly type: "whole";
      readonly status: number;
      readonly headers: ReplyHeaders;
      readonly body: Uint8Array | string;
    }
  | {
      readonly type: "stream";
      readonly status: number;
      readonly headers: ReplyHeaders;
      /** How the caller wants the events, which are kept as server-sent ones. */
      readonly framing: Framing;
      /** Who answers is not known yet: a comment tells the caller that somebody is at it. */
      readonly late: boolean;
      /** The caller's place in the stream. */
      readonly reader: StreamReader;
    };
