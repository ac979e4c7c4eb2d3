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
      /** Comments may stand between the pieces. */
      readonly comments: boolean;
      /** Pieces to write as they come. Never throws: a failure has become its last piece. */
      readonly pieces: AsyncIterable<Uint8Array | string>;
    };
