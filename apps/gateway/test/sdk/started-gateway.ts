import { type Config, createGateway, type Gateway } from "../../src/index.ts";
import { startUpstreamRecorder, type UpstreamRecorder } from "./upstream-recorder.ts";

/** A gateway on a port of its own, in front of the recorded sandbox. */
export interface StartedGateway {
  readonly url: string;
  readonly gateway: Gateway;
  readonly upstream: UpstreamRecorder;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The key of the gateway, and the one that it holds for each vendor. */
export const gatewayKey = "gw_key_of_the_tests";
export const vendorKey = "vendor-key-of-the-tests";

/** @param config what is different beside the providers */
export async function startGateway(config: Omit<Config, "providers"> = {}): Promise<StartedGateway> {
  const upstream = await startUpstreamRecorder();
  const providers = Object.fromEntries(
    Object.entries(upstream.baseUrls).map(([name, baseUrl]) => [name, { apiKey: vendorKey, baseUrl }]),
  );
  const gateway = await createGateway({ adminKey: gatewayKey, config: { ...config, providers } });
  const { url } = await gateway.listen({ port: 0 });
  const close = async (): Promise<void> => {
    await gateway.close();
    await upstream.close();
  };
  return { url, gateway, upstream, close, [Symbol.asyncDispose]: close };
}
