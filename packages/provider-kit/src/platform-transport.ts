/** The transport of Node. Under the `workerd` and `browser` conditions `#platform-transport` is the fetch one instead. */
export { undiciTransport as platformTransport } from "./undici-transport.ts";
