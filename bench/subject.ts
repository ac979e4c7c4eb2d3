/** Something that answers calls, and how much of the processor it takes for that. */
export interface Subject {
  readonly name: string;
  readonly url: string;
  /** Sent with every call. */
  readonly headers: Readonly<Record<string, string>>;
  /** As it wants the model written. */
  readonly model: string;
  /** Of all its processes, since they started. */
  cpuMicroseconds(): Promise<number>;
  stop(): void;
}
