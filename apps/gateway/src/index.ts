export type { Config, ProviderConfig } from "./config/config-schema.ts";
export { configSchema } from "./config/config-schema.ts";
export { createGateway, type Gateway, type GatewayOptions } from "./gateway.ts";
