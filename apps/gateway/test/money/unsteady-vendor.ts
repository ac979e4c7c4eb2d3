import type { ReceivedRequest, ScriptedReply } from "@gw/provider-testkit";
import { streamed, whole } from "./money-gateway.ts";

/** What has to be on the books of one call. */
export interface VendorBill {
  /** No less; and no more where it is exact. */
  readonly nanoUsd: bigint;
  /** Not of an answer that broke off after its first words: how much the caller had of it is the gateway's to see. */
  readonly exact: boolean;
}

interface Asked {
  readonly user: string;
  readonly model: string;
  readonly max_tokens: number;
  readonly stream?: boolean;
}

const inputTokens = 20;

/**
 * A vendor that fails in every way, with and without a bill. Its calls are known by their `user`.
 *
 * What it bills has to be on the books: to the nano-USD where it told the usage, and where it could not, because its answer broke
 * off before that, as the estimate that a gateway makes of such an attempt: a token for every 4 bytes of the request.
 */
export class UnsteadyVendor {
  readonly #inputPrice: bigint;
  readonly #random: () => number;
  readonly #sizes = new Map<string, number>();
  readonly #bills = new Map<string, VendorBill>();
  #wasted = 0;

  /** @param inputPrice of a token, in nano-USD; output costs 10 times as much, and the model `dear` 10 times as much as others */
  constructor(inputPrice: bigint, random: () => number) {
    this.#inputPrice = inputPrice;
    this.#random = random;
  }

  get bills(): ReadonlyMap<string, VendorBill> {
    return this.#bills;
  }

  /** Attempts that it billed, and that failed before their caller could have had any of them. */
  get wasted(): number {
    return this.#wasted;
  }

  /** Tells how large a call is, in bytes, when it is sent. */
  expect(user: string, bytes: number): void {
    this.#sizes.set(user, bytes);
  }

  answer(request: ReceivedRequest): ScriptedReply {
    const { user, model, max_tokens, stream = false } = request.json() as unknown as Asked;
    const dice = this.#random();
    if (dice < 0.06) return { status: 503, body: "{}" };
    if (dice < 0.1) return { faults: [{ type: "cut", after: "request", how: "reset" }] };
    const price = this.#inputPrice * (model === "dear" ? 10n : 1n);
    const output = Math.min(max_tokens, 10 + Math.floor(this.#random() * 60));
    const cost = price * BigInt(inputTokens + 10 * output);
    const estimate = price * BigInt(Math.ceil((this.#sizes.get(user) ?? 0) / 4));
    const reply = stream ? streamed(inputTokens, output, ["a", "b", "c"]) : whole(inputTokens, output);
    if (dice < 0.13) {
      // Inside the body, or before the stream's first content.
      this.#waste(user, estimate);
      return { ...reply, faults: [{ type: "cut", after: 20, how: "fin" }] };
    }
    if (dice < 0.16) {
      this.#waste(user, stream ? cost : estimate);
      return stream ? countedAtOnce(output) : { body: "so" };
    }
    if (dice < 0.2 && stream) {
      this.#bill(user, estimate, false);
      return { ...reply, faults: [{ type: "drop-frames", from: 3 }] };
    }
    this.#bill(user, cost, true);
    return dice < 0.4 ? { ...reply, faults: [{ type: "delay", delayMs: Math.floor(this.#random() * 20) }] } : reply;
  }

  #waste(user: string, nanoUsd: bigint): void {
    this.#wasted += 1;
    this.#bill(user, nanoUsd, true);
  }

  #bill(user: string, nanoUsd: bigint, exact: boolean): void {
    const before = this.#bills.get(user) ?? { nanoUsd: 0n, exact: true };
    this.#bills.set(user, { nanoUsd: before.nanoUsd + nanoUsd, exact: before.exact && exact });
  }
}

/** A stream that tells its usage with its first event, and has no other. */
function countedAtOnce(output: number): ScriptedReply {
  const usage = { prompt_tokens: inputTokens, completion_tokens: output, total_tokens: inputTokens + output };
  const choices = [{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }];
  return {
    headers: { "content-type": "text/event-stream" },
    body: `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, choices, usage })}\n\n`,
  };
}
