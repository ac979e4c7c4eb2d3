import type { CallInHand } from "../call-in-hand.ts";
import type { HandlerContext } from "../handler-context.ts";
import type { CallOptions } from "../pipeline/admit.ts";
import type { KeepOptions } from "./gateway-streams.ts";

/** How long a call's answer is kept. */
export function retentionMs(options: CallOptions, { composition: { settings } }: HandlerContext): number {
  return options.retainMs ?? settings.streamRetainMs;
}

/** How a call's answer is kept, and what becomes of the call without readers. */
export function keepOptions(
  { options, context, asked }: Pick<CallInHand, "options" | "context" | "asked">,
  abort: AbortController,
  names: readonly string[],
): KeepOptions {
  const { settings } = context.composition;
  const rule = options.onDisconnect ?? { mode: settings.onDisconnect, graceMs: null };
  const graceMs = rule.mode === "cancel" ? 0 : settings.disconnectGraceMs;
  return {
    retainMs: retentionMs(options, context),
    disconnectGraceMs: rule.graceMs ?? graceMs,
    names,
    asked,
    abort,
  };
}
