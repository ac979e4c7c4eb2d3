import { Agent, request } from "node:http";
import { adminKey } from "../robustness/running-gateway.ts";

/** What a caller heard. */
export interface Heard {
  /** `null`: it left before the answer came. */
  readonly status: number | null;
  readonly text: string;
}

/** Many callers at once, each with a connection of its own. */
export class Callers {
  readonly #agent: Agent;
  readonly #url: string;

  constructor(url: string, connections: number) {
    this.#url = url;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** Sends a chat call. @param leaveAfterMs when its caller goes away; `null`: it stays */
  chat(body: object, headers: Readonly<Record<string, string>>, leaveAfterMs: number | null): Promise<Heard> {
    return new Promise((resolve) => {
      const outgoing = request(`${this.#url}/v1/chat/completions`, {
        agent: this.#agent,
        method: "POST",
        headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json", ...headers },
      });
      const gone = (): void => resolve({ status: null, text: "" });
      const timer = leaveAfterMs === null ? null : setTimeout(() => outgoing.destroy(), leaveAfterMs);
      outgoing.on("error", gone);
      outgoing.on("response", (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", gone);
        incoming.on("end", () => {
          if (timer !== null) clearTimeout(timer);
          resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") });
        });
      });
      outgoing.end(JSON.stringify(body));
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
