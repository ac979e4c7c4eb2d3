import { openDatabase } from "../../src/stores/open-database.ts";

/** A file to open, and when: all at that very moment. */
export interface Opening {
  readonly file: string;
  readonly atMs: number;
}

const migrations = ["CREATE TABLE things (id TEXT PRIMARY KEY) STRICT", "CREATE INDEX things_by_id ON things (id)"];

process.on("message", ({ file, atMs }: Opening) => {
  while (Date.now() < atMs);
  try {
    openDatabase(file, { synchronous: "NORMAL", migrations }).close();
    process.send?.(null);
  } catch (error) {
    process.send?.(String(error));
  }
});
process.send?.(null);
