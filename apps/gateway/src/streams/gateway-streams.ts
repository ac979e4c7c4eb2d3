import { randomBytes } from "node:crypto";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { GatewayError, type JsonValue } from "@gw/core";
import {
  type BufferedStream,
  MemoryStreamStore,
  StreamBuffer,
  StreamBufferError,
  type StreamBufferOptions,
  type StreamStore,
  type StreamWriter,
} from "@gw/stream-buffer";
import { SqliteStreamStore } from "@gw/stream-buffer/sqlite";
import type { Logger } from "pino";
import { endpointNamed } from "../endpoints/routes.ts";
import type { RunningCall } from "../running-call.ts";
import { inTransaction } from "../stores/in-transaction.ts";
import { openWal } from "../stores/open-wal.ts";
import type { Principal } from "../tenant.ts";
import { fillStream, interruptionRecord, type StreamEnd, type StreamSource } from "./fill-stream.ts";
import { SignedUrls } from "./signed-urls.ts";
import { mayRead, readLabel, type StreamLabel } from "./stream-label.ts";
import { watchReaders } from "./watch-readers.ts";

/** How a stream is kept. */
export interface KeepOptions {
  /** After its end. 0 keeps it in memory alone, until its last reader has it. */
  readonly retainMs: number;
  /** How long the call goes on when nobody reads its stream any more; infinite for one that needs no reader. */
  readonly disconnectGraceMs: number;
  /** Other ids to find it by. */
  readonly names: readonly string[];
  /** What was asked, for calls that go on from the answer; `null` keeps nothing of it. */
  readonly asked: readonly JsonValue[] | null;
  /** Ends the upstream call. */
  readonly abort: AbortController;
}

/** A stream and what is known of it. */
export interface FoundStream {
  readonly stream: BufferedStream;
  readonly label: StreamLabel;
}

/** How long a cancelled call may take to say its last word. */
const farewellMs = 1_000;

interface WritingCall {
  readonly abort: AbortController;
  /** Kept as long as the answer is. */
  readonly request: StreamWriter | null;
  /** Its stream has its end. */
  ended: Promise<void>;
}

/** Every streamed answer of the gateway, and every answer that is kept for its idempotency key. */
export class GatewayStreams {
  readonly #buffer: StreamBuffer;
  readonly #database: DatabaseSync | null;
  readonly #running: Set<RunningCall>;
  readonly #logger: Logger;
  readonly urls: SignedUrls;
  readonly #writing = new Map<string, WritingCall>();

  private constructor(
    buffer: StreamBuffer,
    database: DatabaseSync | null,
    running: Set<RunningCall>,
    logger: Logger,
    urls: SignedUrls,
  ) {
    this.#buffer = buffer;
    this.#database = database;
    this.#running = running;
    this.#logger = logger;
    this.urls = urls;
  }

  /**
   * Takes the streams over; what an earlier process left without an end is `interrupted`. Without a file they live in memory.
   *
   * @param running is told of calls that go on without their callers
   */
  static async open(options: {
    readonly file: string | null;
    readonly stalledReaderMs: number;
    readonly running: Set<RunningCall>;
    readonly logger: Logger;
  }): Promise<GatewayStreams> {
    const { file, stalledReaderMs, running, logger } = options;
    const database = file === null ? null : openWal(file);
    const store = database === null ? new MemoryStreamStore() : new SqliteStreamStore(database);
    const buffer = await openBuffer(store, {
      stalledReaderMs,
      interruption: ({ label, nextId }) => {
        const { endpoint, requestId } = readLabel(label);
        return interruptionRecord(endpointNamed(endpoint).errors, requestId, nextId);
      },
      onStoreError: (error) => logger.error({ err: error }, "streams could not be written"),
    });
    const urls = (): SignedUrls => new SignedUrls(file === null ? null : dirname(file));
    // One at a time: of gateways that start together, one makes the secret and the others find it.
    const madeUrls = database === null ? urls() : inTransaction(database, urls);
    return new GatewayStreams(buffer, database, running, logger, madeUrls);
  }

  /** Begins a stream of its own id. */
  begin(label: StreamLabel, { retainMs, names, asked, disconnectGraceMs, abort }: KeepOptions): StreamWriter {
    const durable = this.#database !== null && retainMs > 0;
    const writer = this.#buffer.create(`st_${randomBytes(20).toString("hex")}`, {
      retainMs,
      durable,
      label: JSON.stringify(label),
      names,
    });
    let request: StreamWriter | null = null;
    if (asked !== null && retainMs > 0) {
      request = this.#buffer.create(requestName(writer.id), { retainMs, durable, label: JSON.stringify(label) });
      request.append([Buffer.from(JSON.stringify(asked))]);
    }
    this.#writing.set(writer.id, { abort, request, ended: Promise.resolve() });
    if (Number.isFinite(disconnectGraceMs)) watchReaders(writer, disconnectGraceMs, abort);
    return writer;
  }

  /**
   * Reads an answer into a stream to its end, and then seals it.
   *
   * @param onEnd told before the seal, for the label that stays
   */
  fill(writer: StreamWriter, source: StreamSource, onEnd: (end: StreamEnd) => StreamLabel): void {
    const ended = fillStream(source, writer).then((end) => {
      this.seal(writer, onEnd(end), end);
    });
    const writing = this.#writing.get(writer.id) as WritingCall;
    writing.ended = ended;
    const call: RunningCall = { abort: writing.abort, ended };
    this.#running.add(call);
    void ended.finally(() => this.#running.delete(call));
  }

  /** Ends a stream. */
  seal(writer: StreamWriter, label: StreamLabel, { ending, last }: Pick<StreamEnd, "ending" | "last">): void {
    this.#writing.get(writer.id)?.request?.seal("done");
    this.#writing.delete(writer.id);
    writer.seal(ending, last, JSON.stringify(label));
  }

  /** Forgets a stream, as if it had never begun. */
  async drop(writer: StreamWriter): Promise<void> {
    this.#writing.delete(writer.id);
    await this.#buffer.remove(writer.id);
  }

  /**
   * The stream of this id or name, for a caller who may see it.
   *
   * @throws {GatewayError} `not_found`, for another key's stream too; `stream_expired`; `unavailable`
   */
  async find(id: string, principal: Principal): Promise<FoundStream> {
    const found = await this.look(id);
    return stillKept(found !== null && mayRead(principal, found.label) ? found : null);
  }

  /** The stream of this id, for who has been given it. @throws {GatewayError} as `find` */
  async given(id: string): Promise<FoundStream> {
    return stillKept(await this.look(id));
  }

  /** The stream of this id or name, whoever's it is; `null` where there is none. @throws {GatewayError} `unavailable` */
  async look(id: string): Promise<FoundStream | null> {
    try {
      const stream = await this.#buffer.find(id);
      return stream === null ? null : { stream, label: readLabel(stream.label) };
    } catch (cause) {
      throw new GatewayError("unavailable", "The streams cannot be read", { cause });
    }
  }

  /** What was asked for the answer in a stream; `null` where it is not kept. @throws {GatewayError} `unavailable` */
  async requestOf(streamId: string): Promise<readonly JsonValue[] | null> {
    const found = await this.look(requestName(streamId));
    if (found === null || found.stream.state === "expired") return null;
    const reader = found.stream.read(-1, { live: false });
    // Also of one that was interrupted: it is its first event.
    const pieces: Uint8Array[] = [];
    for (let run = await reader.next(); run !== null && run.firstId === 0; run = await reader.next())
      pieces.push(run.bytes);
    reader.close();
    return pieces.length === 0 ? null : (JSON.parse(Buffer.concat(pieces).toString("utf8")) as JsonValue[]);
  }

  /** Stops a call that goes on, and resolves when its stream has its end. A stream that has ended stays as it is. */
  async cancel({ stream }: FoundStream): Promise<void> {
    const writing = this.#writing.get(stream.id);
    if (writing === undefined) return;
    writing.abort.abort(new GatewayError("cancelled", "The call was cancelled"));
    await Promise.race([writing.ended, sleep(farewellMs, undefined, { ref: false })]);
  }

  /** Writes everything that can be written. */
  async close(): Promise<void> {
    try {
      await this.#buffer.close();
    } catch (cause) {
      this.#logger.error({ err: cause }, "the last of the streams was lost");
    }
    this.#database?.close();
  }
}

// As many gateways may start at one moment.
const maxOpenings = 10;

/** Gateways that start together take the store from one another while they open it: the last of them keeps it. */
async function openBuffer(store: StreamStore, options: StreamBufferOptions): Promise<StreamBuffer> {
  for (let opening = 1; ; opening += 1) {
    try {
      return await StreamBuffer.open(store, options);
    } catch (error) {
      const isTaken = error instanceof StreamBufferError && error.code === "fenced";
      if (!isTaken || opening === maxOpenings) throw error;
    }
  }
}

// No id that a caller can write: colons are none of theirs.
function requestName(streamId: string): string {
  return `request:${streamId}`;
}

function stillKept(found: FoundStream | null): FoundStream {
  if (found === null) throw new GatewayError("not_found", "There is no such stream");
  if (found.stream.state === "expired") throw new GatewayError("stream_expired", "The stream is no longer kept");
  return found;
}

/** What a buffer's refusal means to a caller. */
export function asStreamError(cause: unknown): unknown {
  if (!(cause instanceof StreamBufferError)) return cause;
  switch (cause.code) {
    case "expired":
    case "evicted":
      return new GatewayError("stream_expired", cause.message, { cause });
    case "too_many_readers":
      return new GatewayError("rate_limited", cause.message, { cause });
    case "id_invalid":
      return new GatewayError("invalid_request", cause.message, { cause });
    default:
      return new GatewayError("unavailable", cause.message, { cause });
  }
}
