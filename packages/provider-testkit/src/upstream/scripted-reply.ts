/** How far a reply gets: nothing at all, the head alone, or so many bytes of its body. */
export type Reach = "request" | "head" | number;

/** Something that goes wrong with a reply, as data. Faults of one reply apply together. */
export type Fault =
  /** Time passes before the head. */
  | { readonly type: "delay"; readonly delayMs: number }
  /** Nothing more comes, and the connection stays open. */
  | { readonly type: "stall"; readonly after: Reach }
  /**
   * Nothing more comes, and the reply is over: `clean` ends the HTTP message as if it were whole, `fin` closes the connection in
   * the middle of it, `reset` breaks the connection off.
   */
  | { readonly type: "cut"; readonly after: Reach; readonly how: "clean" | "fin" | "reset" }
  /** The body has neither a length nor chunks: it lasts until the connection closes. */
  | { readonly type: "close-delimited" }
  /** The body comes in several writes: one for each byte, or cut at these offsets. */
  | { readonly type: "split"; readonly at: "every-byte" | readonly number[] }
  /** `content-length` promises more than the body has; then the connection closes. */
  | { readonly type: "content-length"; readonly extraBytes: number }
  /** The head claims gzip, the body is not. */
  | { readonly type: "gzip-lie" }
  /** An HTML page of status 200 stands in for the body, as proxies and captive portals send it. */
  | { readonly type: "html" }
  /** Bytes that are no text at all stand in for the body. */
  | { readonly type: "garbage" }
  /** A frame that is not what its format promises comes before frame number `at`. */
  | { readonly type: "malformed-frame"; readonly at: number }
  /** Further bytes, such as a vendor's error frame, come before frame number `at`. */
  | { readonly type: "insert"; readonly at: number; readonly bytes: Uint8Array }
  /** Frame number `from` and all after it are left out, and the HTTP message ends as if it were whole. */
  | { readonly type: "drop-frames"; readonly from: number };

/** One reply of the upstream. */
export interface ScriptedReply {
  /** 200 by default. */
  readonly status?: number;
  /** `content-type: application/json` unless given. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  readonly faults?: readonly Fault[];
}
