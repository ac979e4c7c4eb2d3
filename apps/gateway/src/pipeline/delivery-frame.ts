/** A piece of a stream on its way to the caller. */
export interface DeliveryFrame {
  readonly bytes: Uint8Array | string;
  /** From here on the caller has part of the answer. */
  readonly content: boolean;
}
