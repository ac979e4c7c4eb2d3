/** A signal that follows another until it is released, so that one that outlives many calls does not gather them all. */
export interface LinkedSignal {
  readonly signal: AbortSignal;
  release(): void;
}

/** Follows `source`, where there is one. */
export function linkSignal(source: AbortSignal | undefined): LinkedSignal {
  const controller = new AbortController();
  const follow = (): void => controller.abort(source?.reason);
  if (source?.aborted === true) follow();
  else source?.addEventListener("abort", follow, { once: true });
  return { signal: controller.signal, release: () => source?.removeEventListener("abort", follow) };
}
