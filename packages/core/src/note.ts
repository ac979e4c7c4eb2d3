/**
 * What became of one parameter of a request that could not be sent as it was given.
 *
 * A parameter without a note was honoured.
 */
export interface ParamNote {
  /** Path of the parameter in the caller's or, where the codec only saw the neutral request, in neutral words. */
  readonly param: string;
  readonly outcome: "mapped" | "dropped";
  /** What it became, or why it could not be kept; no prompt text, at most a few words. */
  readonly detail: string;
}
