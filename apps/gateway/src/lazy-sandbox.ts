import { type Sandbox, startSandbox } from "@gw/sandbox";

/** The sandbox, started when it is first needed. */
export class LazySandbox {
  #started: Promise<Sandbox> | null = null;

  /** Vendors that it plays, and the base URL of each. */
  async vendors(): Promise<Readonly<Record<string, string>>> {
    this.#started ??= startSandbox();
    return (await this.#started).baseUrls;
  }

  async close(): Promise<void> {
    await (await this.#started)?.close();
  }
}
