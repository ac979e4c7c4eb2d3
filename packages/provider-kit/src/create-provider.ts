import type { Provider, ProviderOptions, ProviderWith } from "@gw/core";
import { nativeLane } from "./native-lane.ts";
import type { ProviderDefinition } from "./provider-definition.ts";
import { useSharedTransport } from "./shared-transport.ts";
import { exchange, textProvider } from "./text-lane.ts";
import { VendorClient } from "./vendor-client.ts";

type Method = "text" | "embed" | "native";

/** The methods that a definition surely has. */
type MethodsOf<Definition> = { [Name in Method]: Definition extends Record<Name, object> ? Name : never }[Method];

/**
 * A provider from what its vendor is. Bounds of time, aborts, framing, error replies and redaction are added here; nothing
 * is retried.
 *
 * A transport given in `options` stays open when the provider is closed: it belongs to whoever made it.
 */
export function createProvider<Definition extends ProviderDefinition>(
  definition: Definition,
  options: ProviderOptions = {},
): ProviderWith<MethodsOf<Definition>> {
  const network =
    options.transport === undefined ? useSharedTransport() : { transport: options.transport, release: async () => {} };
  const client = new VendorClient(definition, options, network.transport);
  const { text, native, embed }: ProviderDefinition = definition;
  const provider: Provider = {
    id: client.id,
    capabilities: definition.capabilities,
    ...(text !== undefined && { text: textProvider(text, definition.capabilities.text, client) }),
    ...(embed !== undefined && { embed: (request, call = {}) => exchange(client, () => embed(request), call) }),
    ...(native !== undefined && { native: nativeLane(native, client) }),
    close: () => network.release(),
  };
  // The type repeats what the lines above do with the definition.
  return provider as ProviderWith<MethodsOf<Definition>>;
}
