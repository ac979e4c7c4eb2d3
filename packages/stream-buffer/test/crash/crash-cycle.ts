import { spawn } from "node:child_process";
import { once } from "node:events";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { type BufferedStream, StreamBuffer } from "../../src/index.ts";
import { SqliteStreamStore } from "../../src/sqlite.ts";
import { eventText, interruptionText } from "./event-text.ts";

/** What a cycle came to. */
export interface CrashCycle {
  readonly streams: number;
  readonly events: number;
  readonly interrupted: number;
  /** What does not hold; empty when all does. */
  readonly problems: readonly string[];
}

interface Told {
  readonly appendedAtMs: number[];
  deliveredId: number;
  sealedAtMs: number | null;
}

// What was sent is on disk after so long.
const promisedMs = 50;

/**
 * Starts a process that writes streams to a database, kills it, opens the database, and looks at every stream that the process
 * told of.
 *
 * @param generation tells the cycles on one database apart
 */
export async function crashCycle(file: string, generation: string, killAfterMs: number): Promise<CrashCycle> {
  const { told, aliveAtMs } = await writeUntilKilled(file, generation, killAfterMs);
  const database = new DatabaseSync(file);
  const buffer = await StreamBuffer.open(new SqliteStreamStore(database), {
    interruption: ({ id, nextId }) => new TextEncoder().encode(interruptionText(id, nextId)),
  });
  const problems: string[] = [];
  let [events, interrupted] = [0, 0];
  for (const [id, facts] of told) {
    const due = facts.appendedAtMs.filter((atMs) => atMs < aliveAtMs - promisedMs).length;
    const found = await buffer.find(id);
    if (found === null) {
      if (due > 0) problems.push(`${id}: lost with ${due} events`);
      continue;
    }
    events += facts.appendedAtMs.length;
    if (found.state === "interrupted") interrupted += 1;
    for (const problem of await problemsOf(found, facts, due, aliveAtMs)) problems.push(`${id}: ${problem}`);
  }
  await buffer.close();
  database.close();
  return { streams: told.size, events, interrupted, problems };
}

async function problemsOf(stream: BufferedStream, told: Told, due: number, aliveAtMs: number): Promise<string[]> {
  const problems: string[] = [];
  let [text, expected, nextId] = ["", "", 0];
  const reader = stream.read(-1);
  let lastRunId = 0;
  for (let run = await reader.next(); run !== null; run = await reader.next()) {
    if (run.firstId < nextId) problems.push(`the id ${run.firstId} again`);
    text += new TextDecoder().decode(run.bytes);
    lastRunId = run.firstId;
    if (run.firstId > nextId) break;
    nextId += run.count;
  }
  const ending = stream.state === "interrupted" ? stream.nextId - 1 : null;
  if ((await reader.next()) !== null) problems.push("something after the ending");
  for (let id = 0; id < nextId; id += 1) expected += eventText(stream.id, id);
  if (ending === null) {
    if (stream.state !== "done") problems.push(`it is ${stream.state}`);
    if (told.sealedAtMs === null) problems.push("nobody sealed it");
  } else {
    expected += interruptionText(stream.id, ending);
    if (lastRunId !== ending) problems.push(`its last id is ${lastRunId}, not ${ending}`);
    if (ending <= told.deliveredId) problems.push(`the ending ${ending} is an id that was delivered`);
    if (told.sealedAtMs !== null && told.sealedAtMs < aliveAtMs - promisedMs) problems.push("its seal is lost");
  }
  if (text !== expected) problems.push("its bytes are others");
  if (nextId < due) problems.push(`${nextId} events of ${due}`);
  return problems;
}

async function writeUntilKilled(
  file: string,
  generation: string,
  killAfterMs: number,
): Promise<{ readonly told: ReadonlyMap<string, Told>; readonly aliveAtMs: number }> {
  const program = fileURLToPath(new URL("./child.ts", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=@gw/source", program, file, generation], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (text: string) => {
    // Time counts from its first sign of life.
    if (said === "") setTimeout(() => child.kill("SIGKILL"), killAfterMs);
    said += text;
  });
  await once(child, "close");
  const told = new Map<string, Told>();
  let aliveAtMs = 0;
  // The last line may be cut.
  for (const line of said.split("\n").slice(0, -1)) {
    const [what, id = "", number] = line.split(" ");
    if (what === "alive") aliveAtMs = Number(id);
    else {
      const facts = told.get(id) ?? { appendedAtMs: [], deliveredId: -1, sealedAtMs: null };
      told.set(id, facts);
      if (what === "append") facts.appendedAtMs.push(Number(line.split(" ")[3]));
      else if (what === "deliver") facts.deliveredId = Number(number);
      else facts.sealedAtMs = Number(number);
    }
  }
  return { told, aliveAtMs };
}
