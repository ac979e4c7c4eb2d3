import {
  type Call,
  GatewayError,
  type NativeReply,
  type NativeRequest,
  type Provider,
  type TextEvent,
  type TextRequest,
} from "@gw/core";
import { CommittedBatches } from "./committed-batches.ts";
import { commitText } from "./committed-text.ts";
import { type ExecuteOptions, execute, type FailoverTarget, reportBreak } from "./execute.ts";
import { MemoryHealthStore } from "./health-store.ts";
import { linkSignal } from "./link-signal.ts";

/** A provider, and what a model is called there. */
export interface ProviderTarget {
  readonly provider: Provider;
  /** The vendor's own id of the model to ask for; the request's by default. */
  readonly model?: string;
}

/** Health is shared by the calls of one failover, unless a store is given. */
export type ProviderCallsOptions = Omit<ExecuteOptions<ProviderTarget>, "signal" | "timeoutsCount">;

/** The method of a provider that a call needs; `undefined` where it has none. */
type Pick<Request, Result> = (provider: Provider) => ((request: Request, call: Call) => Result) | undefined;

/** A target that can take a call. */
interface Taker<Request, Result> extends ProviderTarget {
  take(request: Request, call: Call): Result;
}

/** Calls that any of several providers may answer. */
export class ProviderCalls {
  readonly #targets: readonly ProviderTarget[];
  readonly #names: ReadonlyMap<Provider, string>;
  readonly #options: ProviderCallsOptions;

  constructor(targets: readonly ProviderTarget[], options: ProviderCallsOptions) {
    this.#targets = targets;
    this.#names = uniqueNames(targets.map(({ provider }) => provider));
    this.#options = { ...options, health: options.health ?? new MemoryHealthStore() };
  }

  /** One that is answered as a whole. */
  async ask<Request extends { readonly model: string }, Result>(
    pick: Pick<Request, Promise<Result>>,
    request: Request,
    call: Call = {},
  ): Promise<Result> {
    const link = linkSignal(call.signal);
    try {
      return await this.#execute(pick, request, call, link.signal, (reply) => reply);
    } finally {
      link.release();
    }
  }

  /** One that is answered by a stream of events. */
  async *stream(
    pick: Pick<TextRequest, AsyncIterable<TextEvent>>,
    request: TextRequest,
    call: Call = {},
  ): AsyncGenerator<TextEvent, void, undefined> {
    const link = linkSignal(call.signal);
    try {
      const { held, rest, target } = await this.#execute(pick, request, call, link.signal, async (events, target) => ({
        ...(await commitText(events)),
        target,
      }));
      try {
        yield* held;
        for (let step = await rest.next(); step.done !== true; step = await rest.next()) yield step.value;
      } catch (error) {
        await reportBreak(target, error, this.#options);
        throw error;
      } finally {
        await rest.return?.();
      }
    } finally {
      link.release();
    }
  }

  /** One whose answer passes through as it is. */
  async open(
    pick: Pick<NativeRequest, Promise<NativeReply>>,
    request: NativeRequest,
    call: Call,
  ): Promise<NativeReply> {
    const link = linkSignal(call.signal);
    try {
      const reply = await this.#execute(pick, request, call, link.signal, async (opening, target) => {
        const opened = await opening;
        if (opened.type === "whole") return opened;
        const batches = await CommittedBatches.commit(opened.batches, async (error) => {
          link.release();
          if (error !== null) await reportBreak(target, error, this.#options);
        });
        const { type, status, headers } = opened;
        return { type, status, headers, batches, observation: () => opened.observation() };
      });
      if (reply.type === "whole") link.release();
      return reply;
    } catch (error) {
      link.release();
      throw error;
    }
  }

  #execute<Request extends { readonly model: string }, Reply, Result>(
    pick: Pick<Request, Reply>,
    request: Request,
    call: Call,
    signal: AbortSignal,
    read: (reply: Reply, target: FailoverTarget<ProviderTarget>) => Result | Promise<Result>,
  ): Promise<Result> {
    const takers = this.#targets.flatMap((target) => {
      const take = pick(target.provider);
      if (take === undefined) return [];
      const value: Taker<Request, Reply> = { ...target, take };
      // The key of one provider may be good for some of its models only, and limits are mostly of a model each.
      const name = `${this.#names.get(target.provider)}/${target.model ?? request.model}`;
      return [{ value, circuit: name, credential: name }];
    });
    if (takers.length === 0) {
      return Promise.reject(new GatewayError("unsupported_capability", "No target offers what the call needs"));
    }
    return execute(
      takers,
      async (target, own) => {
        const { model = request.model, take } = target.value;
        return read(take({ ...request, model }, { ...call, signal: own }), target);
      },
      { ...this.#options, signal },
    );
  }
}

/** Two providers may go by one name; what becomes of one must not be held against the other. */
function uniqueNames(providers: readonly Provider[]): ReadonlyMap<Provider, string> {
  const names = new Map<Provider, string>();
  const taken = new Map<string, number>();
  for (const provider of providers) {
    if (names.has(provider)) continue;
    const count = (taken.get(provider.id) ?? 0) + 1;
    taken.set(provider.id, count);
    names.set(provider, count === 1 ? provider.id : `${provider.id}#${count}`);
  }
  return names;
}
