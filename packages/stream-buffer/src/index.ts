export type {
  BufferedStream,
  Ending,
  EventRun,
  ReadOptions,
  StreamOptions,
  StreamReader,
  StreamState,
  StreamWriter,
} from "./buffered-stream.ts";
export type { Clock } from "./clock.ts";
export { MemoryStreamStore } from "./memory-stream-store.ts";
export type { StoredPart } from "./stored-part.ts";
export { StreamBuffer, type StreamBufferOptions, type StreamBufferStats } from "./stream-buffer.ts";
export { StreamBufferError, type StreamBufferErrorCode } from "./stream-buffer-error.ts";
export type { StreamBatch, StreamPart, StreamRecord, StreamStore } from "./stream-store.ts";
