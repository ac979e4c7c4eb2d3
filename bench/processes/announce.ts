import type { AddressInfo, Server } from "node:net";

/** What a measured process tells the bench. */
export type Announcement =
  | { readonly type: "ready"; readonly url: string; readonly apiKey: string }
  | { readonly type: "usage"; readonly cpuMicroseconds: number; readonly residentBytes: number };

/** Tells the bench where this process listens, and answers each later message with what it has used so far. */
export function announce(server: Server | string, apiKey = "bench"): void {
  const url = typeof server === "string" ? server : `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  send({ type: "ready", url, apiKey });
  process.on("message", () => {
    const { user, system } = process.cpuUsage();
    send({ type: "usage", cpuMicroseconds: user + system, residentBytes: process.memoryUsage.rss() });
  });
  process.on("disconnect", () => process.exit(0));
}

function send(announcement: Announcement): void {
  process.send?.(announcement);
}
