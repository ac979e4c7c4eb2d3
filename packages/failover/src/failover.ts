import {
  type Call,
  GatewayError,
  type NativeLane,
  type Provider,
  type ProviderWith,
  type TextProvider,
} from "@gw/core";
import { mergeCapabilities, union } from "./merge-capabilities.ts";
import { ProviderCalls, type ProviderCallsOptions, type ProviderTarget } from "./provider-calls.ts";

/** What {@link failover} takes beside its targets. */
export interface FailoverOptions extends ProviderCallsOptions {
  /** The name to go by; `failover` by default. */
  readonly id?: string;
}

type Method = "text" | "embed" | "native";
type ProviderOf<Target> = Target extends { readonly provider: infer P } ? P : Target;
/** What every one of the targets has. */
type SureMethod<Target> = {
  [Name in Method]: [ProviderOf<Target>] extends [ProviderWith<Name>] ? Name : never;
}[Method];

/**
 * Several providers as one, the preferred first: where one fails, the next answers.
 *
 * Nothing of an answer is given out before its first content, so that a failure until then is not seen. A failure after it is
 * thrown: answers are not spliced. A target that has no such method, dialect or capability is passed over.
 *
 * `onNotes` and `onReplyHead` of a call are told of every attempt, so of the one that answers last.
 *
 * @throws {GatewayError} `invalid_request` where there is no target
 */
export function failover<const Target extends Provider | ProviderTarget>(
  targets: readonly Target[],
  options: FailoverOptions = {},
): ProviderWith<SureMethod<Target>> {
  if (targets.length === 0) throw new GatewayError("invalid_request", "No target to call", { param: "targets" });
  const all = targets.map((target): ProviderTarget => ("provider" in target ? target : { provider: target }));
  const providers = [...new Set(all.map(({ provider }) => provider))];
  const calls = new ProviderCalls(all, options);
  const dialects = providers.map(({ native }) => native?.dialects ?? []).reduce(union);
  const provider: Provider = {
    id: options.id ?? "failover",
    capabilities: mergeCapabilities(providers.map((one) => one.capabilities)),
    ...(providers.some(({ text }) => text !== undefined) && { text: textOf(calls, providers) }),
    ...(providers.some(({ embed }) => embed !== undefined) && {
      embed: (request, call) => calls.ask((to) => to.embed?.bind(to), request, call),
    }),
    ...(dialects.length > 0 && { native: nativeOf(calls, dialects) }),
    close: async () => {
      await Promise.all(providers.map((one) => one.close()));
    },
  };
  // The type repeats what the lines above do with the targets.
  return provider as ProviderWith<SureMethod<Target>>;
}

function textOf(calls: ProviderCalls, providers: readonly Provider[]): TextProvider {
  return {
    generate: (request, call) => calls.ask(({ text }) => text?.generate.bind(text), request, call),
    stream: (request, call) => calls.stream(({ text }) => text?.stream.bind(text), request, call),
    ...(providers.some(({ text }) => text?.countTokens !== undefined) && {
      countTokens: (request, call) => calls.ask(({ text }) => text?.countTokens?.bind(text), request, call),
    }),
  };
}

function nativeOf(calls: ProviderCalls, dialects: NativeLane["dialects"]): NativeLane {
  return {
    dialects,
    open: (request, call: Call) =>
      calls.open(
        ({ native }) => (native?.dialects.includes(request.dialect) === true ? native.open.bind(native) : undefined),
        request,
        call,
      ),
  };
}
