export { type StreamStoreCase, streamStoreCases } from "./stream-store-cases.ts";
