/** What an error answer says beside its status and message; each vendor's form has room for some of it. */
export interface VendorErrorWords {
  readonly type?: string;
  readonly code?: string | null;
  readonly param?: string | null;
  /** Google's `details`; of Anthropic's, which are one object, the first. */
  readonly details?: readonly Readonly<Record<string, unknown>>[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer of status 400 and up that a vendor would have given. */
export class VendorError extends Error {
  readonly status: number;
  readonly words: VendorErrorWords;

  constructor(status: number, message: string, words: VendorErrorWords = {}) {
    super(message);
    this.name = "VendorError";
    this.status = status;
    this.words = words;
  }
}
