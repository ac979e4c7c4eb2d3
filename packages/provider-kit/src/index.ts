export { platformTransport } from "#platform-transport";
export { createProvider } from "./create-provider.ts";
export { fetchTransport } from "./fetch-transport.ts";
export type { NativeRoute, ProviderDefinition, SimpleExchange, TextRoute } from "./provider-definition.ts";
export { checkOptions, type OptionCheck, pathSegment } from "./provider-options.ts";
export { resultEvents } from "./result-events.ts";
export { spliceJson } from "./splice-json.ts";
export { readSse } from "./sse-reader.ts";
export { type SseEvent, SseSplitter } from "./sse-splitter.ts";
