/** The transport of workers and browsers. */
export { fetchTransport as platformTransport } from "./fetch-transport.ts";
