import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { describe, expect, it, vi } from "vitest";
import { ClientKeys } from "../../src/keys/client-keys.ts";
import { firstRequestIdAt, Operation } from "../../src/operation.ts";
import { hashKey } from "../../src/pipeline/authenticate.ts";
import { logRowOf } from "../../src/pipeline/log-row.ts";
import { GatewayDatabase } from "../../src/stores/gateway-database.ts";
import type { LogQuery } from "../../src/stores/log-store.ts";
import { SqliteLogStore } from "../../src/stores/sqlite-log-store.ts";
import { WriteBehind } from "../../src/stores/write-behind.ts";
import { adminPrincipal } from "../../src/tenant.ts";

const logger = pino({ level: "silent" });
const file = (name: string): string => join(mkdtempSync(join(tmpdir(), "gw-store-")), name);

function operation(model: string): Operation {
  const made = new Operation("messages");
  made.principal = adminPrincipal;
  made.model = model;
  return made;
}

describe("client keys", () => {
  it("survive a restart, are known to a second process, and leave no text behind", async () => {
    const path = file("ledger.db");
    const first = new GatewayDatabase(path);
    const second = new GatewayDatabase(path);
    const mine = await ClientKeys.open(first.keys, "");
    const theirs = await ClientKeys.open(second.keys, "");
    const { stored, key } = await mine.create({
      name: "ci",
      organisation: "acme",
      models: ["openai/*"],
      expiresAtMs: 5,
    });
    expect(key).toMatch(/^gw_[A-Za-z0-9_-]{43}$/);
    expect(mine.find(hashKey(key))?.principal.tenant).toEqual({
      organisation: "acme",
      project: "default",
      keyId: stored.id,
    });
    expect(theirs.find(hashKey(key))).toBeUndefined();
    await theirs.refresh();
    expect(theirs.find(hashKey(key))?.expiresAtMs).toBe(5);
    expect(await theirs.revoke(stored.id)).toBe(true);
    expect(await theirs.revoke(stored.id)).toBe(false);
    await mine.refresh();
    expect(mine.find(hashKey(key))).toBeUndefined();
    first.close();
    second.close();
    expect(readFileSync(path).includes(Buffer.from(key))).toBe(false);
  });
});

describe("logs", () => {
  it("are found by id and by what was asked for, newest first, at once", async () => {
    const logs = new SqliteLogStore(file("logs.db"), logger);
    const rows = [1_000, 2_000, 3_000].map((created_at_ms, index) => ({
      ...logRowOf(operation(index === 1 ? "c/d" : "a/b")),
      request_id: `${firstRequestIdAt(created_at_ms)}${index}`,
      created_at_ms,
    }));
    for (const row of rows) logs.append(row);
    const times = async (query: LogQuery): Promise<number[]> =>
      (await logs.query(query)).map((row) => row.created_at_ms);
    expect(await times({ limit: 10, model: "a/b" })).toEqual([3_000, 1_000]);
    expect(await times({ limit: 1 })).toEqual([3_000]);
    expect(await times({ limit: 10, beforeMs: 3_000 })).toEqual([2_000, 1_000]);
    expect(await logs.find(rows[1]?.request_id ?? "")).toEqual(rows[1]);
    expect(await logs.find("req_unknown")).toBeNull();
    await logs.close();
  });
});

describe("WriteBehind", () => {
  it("keeps a batch that could not be written, in order, and writes it with the next", async () => {
    const written: number[] = [];
    let broken = true;
    const queue = new WriteBehind<number>({
      logger,
      write: async (items) => {
        if (broken) throw new Error("the disk is full");
        written.push(...items);
      },
    });
    queue.push(1);
    await queue.flush();
    queue.push(2);
    broken = false;
    await queue.flush();
    expect(written).toEqual([1, 2]);
  });

  it("writes a batch that could not be written by itself, and after close no more", async () => {
    const written: number[] = [];
    let tries = 0;
    const queue = new WriteBehind<number>({
      logger,
      retryMs: 1,
      write: async (items) => {
        tries += 1;
        if (tries !== 3) throw new Error("the disk is full");
        written.push(...items);
      },
    });
    queue.push(1);
    await vi.waitFor(() => expect(written).toEqual([1]));
    queue.push(2);
    await queue.close();
    expect(tries).toBe(4);
    await sleep(20);
    expect(tries).toBe(4);
  });

  it("gives up the oldest beyond its bound", async () => {
    const written: number[] = [];
    let broken = true;
    const queue = new WriteBehind<number>({
      logger,
      maxQueued: 2,
      write: async (items) => {
        if (broken) throw new Error("the disk is full");
        written.push(...items);
      },
    });
    for (const item of [1, 2, 3]) queue.push(item);
    await queue.flush();
    broken = false;
    await queue.flush();
    expect(written).toEqual([2, 3]);
  });
});
