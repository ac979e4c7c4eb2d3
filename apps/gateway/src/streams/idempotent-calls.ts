import { hash } from "node:crypto";
import { GatewayError } from "@gw/core";
import type { Principal, Tenant } from "../tenant.ts";
import type { FoundStream, GatewayStreams } from "./gateway-streams.ts";

/** What an `Idempotency-Key` stands for. */
export interface IdempotentCall {
  /** Under which its answer is found. */
  readonly name: string;
  readonly bodyHash: string;
}

/** What a key of one caller stands for. Another caller's key of the same text is another key. */
export function idempotentCall(
  key: string,
  tenant: Tenant,
  asked: { readonly endpoint: string; readonly rest: string; readonly raw: Uint8Array },
): IdempotentCall {
  const what = hash("sha256", `${asked.endpoint}\n${asked.rest}\n${hash("sha256", asked.raw, "hex")}`, "hex");
  return { name: nameOf(key, tenant), bodyHash: what };
}

function nameOf(key: string, { organisation, project, keyId }: Tenant): string {
  return `idempotency:${hash("sha256", JSON.stringify([organisation, project, keyId, key]), "hex")}`;
}

interface BeginningCall {
  readonly bodyHash: string;
  readonly abort: AbortController;
  readonly begun: Promise<string>;
}

/** Calls with an `Idempotency-Key`: the first one is made, and others get its answer. */
export class IdempotentCalls {
  /** Until their heads are known; the id of the stream, or what went wrong. */
  readonly #beginning = new Map<string, BeginningCall>();

  /**
   * Makes the call, or finds the answer of the one that was made with the same key.
   *
   * A call that fails before its answer begins leaves nothing behind: the next one with its key is made anew.
   *
   * @param abort ends the call while it is made
   * @param make makes the call, and resolves with the id of the stream that holds its answer, as soon as its head is known
   * @returns the answer of an earlier call, or `null` where this one was made
   * @throws {GatewayError} `idempotency_conflict` when the key stands for another request, and what `make` throws
   */
  async attachOrMake(
    call: IdempotentCall,
    streams: GatewayStreams,
    abort: AbortController,
    make: () => Promise<string>,
  ): Promise<FoundStream | null> {
    const { name, bodyHash } = call;
    const beginning = this.#beginning.get(name);
    if (beginning !== undefined) {
      assertSame(beginning.bodyHash, bodyHash);
      // Where nothing is kept after its end, there may be nothing left to attach to.
      return (await streams.look(await beginning.begun)) ?? this.attachOrMake(call, streams, abort, make);
    }
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    this.#beginning.set(name, { bodyHash, abort, begun: promise });
    // Where nobody waits for it, the maker alone is told.
    promise.catch(() => {});
    try {
      const earlier = await streams.look(name);
      if (earlier !== null && isAnswer(earlier)) {
        assertSame(earlier.label.bodyHash, bodyHash);
        resolve(earlier.stream.id);
        return earlier;
      }
      resolve(await make());
      return null;
    } catch (cause) {
      reject(cause);
      throw cause;
    } finally {
      this.#beginning.delete(name);
    }
  }

  /**
   * Stops the call of a key: its maker may have left before it learned of a stream.
   *
   * @throws {GatewayError} `not_found` where no call of this key goes on or is kept
   */
  async cancel(key: string, principal: Principal, streams: GatewayStreams): Promise<void> {
    const name = nameOf(key, principal.tenant);
    const beginning = this.#beginning.get(name);
    if (beginning === undefined) await streams.cancel(await streams.find(name, principal));
    else beginning.abort.abort(new GatewayError("cancelled", "The call was cancelled"));
  }
}

/** What is no longer kept is none, nor is a failure before the answer began: all there is of it is its last event. */
function isAnswer({ stream }: FoundStream): boolean {
  return stream.state !== "expired" && !(stream.state === "failed" && stream.nextId === 1);
}

function assertSame(one: string | null, other: string): void {
  if (one === other) return;
  throw new GatewayError("idempotency_conflict", "The idempotency key stands for another request", {
    param: "idempotency-key",
  });
}
