import { AIError } from "./ai-error.ts";

/** What is known of a stream beside its body. */
export interface EventSource {
  readonly requestId: string | null;
  /** The caller's: once it is aborted, its reason is thrown and not the break that it made. */
  readonly signal?: AbortSignal | undefined;
  /** The beginning was read earlier, and with it perhaps the chunk that says how the answer ended. */
  readonly resumed?: boolean;
  /** Told the id of each event before its chunk is handed over. */
  readonly onEvent?: (id: number) => void;
}

/**
 * The JSON chunks of a `text/event-stream` body that ends in `[DONE]`, or after a chunk that says how the answer ended: not
 * every vendor, and not every format, sends more.
 *
 * Comments and event names are skipped. Leaving the loop early cancels the body.
 *
 * @throws {AIError} `stream_truncated` when the body ends before that; the gateway's code for an error event;
 * `connection_failed` when the connection breaks; `reply_malformed` for a chunk that is not JSON.
 */
export async function* readEvents<Chunk>(
  body: ReadableStream<Uint8Array>,
  { requestId, signal, resumed = false, onEvent }: EventSource,
): AsyncGenerator<Chunk, void, undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let buffered = "";
  let data: string[] = [];
  let ended = false;
  let answered = resumed;
  try {
    while (!ended) {
      const step = await reader.read().catch((cause: unknown) => {
        if (signal?.aborted) throw cause;
        throw new AIError("connection_failed", "The connection broke inside the stream", { requestId, cause });
      });
      buffered += step.done ? decoder.decode() : decoder.decode(step.value, { stream: true });
      ended = step.done;
      // A carriage return at the end may be half of a line break.
      const complete = ended ? buffered : buffered.replace(/\r$/, "");
      const lines = complete.split(/\r\n|\n|\r/);
      buffered = (lines.pop() ?? "") + buffered.slice(complete.length);
      for (const line of lines) {
        if (line.startsWith("data:")) data.push(line.slice(line[5] === " " ? 6 : 5));
        else if (line.startsWith("id:")) onEvent?.(Number(line.slice(3)));
        else if (line === "" && data.length > 0) {
          const text = data.join("\n");
          data = [];
          if (text === "[DONE]") {
            ended = true;
            return;
          }
          const chunk = parseChunk<Chunk>(text, requestId);
          answered ||= isLastWord(chunk as Ending | null);
          yield chunk;
        }
      }
    }
  } finally {
    // Not waited for: a reader that leaves must not hang on a connection that does not answer.
    void reader.cancel().catch(() => {});
  }
  if (!answered) throw new AIError("stream_truncated", "The stream ended before the answer did", { requestId });
}

interface Ending {
  readonly finish_reason?: unknown;
  readonly type?: unknown;
  readonly choices?: readonly { readonly finish_reason?: unknown }[];
}

function isLastWord(chunk: Ending | null): boolean {
  return (
    /^response\.(completed|incomplete|failed)$/.test(String(chunk?.type)) ||
    (chunk?.finish_reason ?? chunk?.choices?.[0]?.finish_reason) != null
  );
}

function parseChunk<Chunk>(text: string, requestId: string | null): Chunk {
  let chunk: { error?: { code?: unknown; message?: unknown } };
  try {
    chunk = JSON.parse(text);
  } catch (cause) {
    throw new AIError("reply_malformed", "A chunk of the stream is not JSON", { requestId, cause });
  }
  if (chunk?.error) {
    throw new AIError(
      String(chunk.error.code ?? "upstream_failed"),
      String(chunk.error.message ?? "The stream failed"),
      {
        requestId,
      },
    );
  }
  return chunk as Chunk;
}
