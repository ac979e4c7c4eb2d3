export { SqliteStreamStore } from "./sqlite-stream-store.ts";
