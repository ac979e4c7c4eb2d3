import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A file that does not exist yet, in a folder that is gone when the test is over. */
export function temporaryFile(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), "gw-billing-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, name);
}
