/**
 * An agent that is killed in the middle of a turn. It starts again, reads on where it was, and no call is made twice.
 *
 *     GW_KEY=$(cat .gw/admin-key) pnpm example surviving-agent.ts "What is a gateway?"
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type ChatCompletionChunk, type ChatMessage, createAI } from "@gw/client";

interface ToolCall {
  id: string;
  type: "function";
  function: { name: string; arguments: string };
}

/** What the agent knows, and what it has of the turn that is under way. */
interface Memory {
  readonly sessionId: string;
  readonly messages: ChatMessage[];
  turn: { readonly streamId: string; lastEventId: number | null; text: string; readonly toolCalls: ToolCall[] } | null;
}

const { GW_URL = "http://127.0.0.1:8787", GW_KEY = "" } = process.env;
const [, self = "", question = "What is a gateway?", memoryFile] = process.argv;

const manual =
  "A gateway is a door with a memory. Whoever was cut off knocks again, says the last word heard, and is told the rest.";
const tools = [
  {
    type: "function",
    function: {
      name: "read_gateway_manual",
      description: "The manual",
      parameters: { type: "object", properties: {} },
    },
  },
];

async function runAgent(file: string): Promise<void> {
  const ai = createAI({ baseURL: GW_URL, apiKey: GW_KEY });
  const memory: Memory = existsSync(file)
    ? JSON.parse(readFileSync(file, "utf8"))
    : { sessionId: randomUUID(), messages: [{ role: "user", content: question }], turn: null };
  for (let toolsWanted = true; toolsWanted; ) {
    const { sessionId, messages } = memory;
    // Where it was killed before it knew of a stream, the key leads to the same call.
    const headers = { "idempotency-key": `${sessionId}:${messages.length}` };
    const stream =
      memory.turn === null
        ? await ai.run("anthropic/claude-opus-4-6", { messages, tools, stream: true }, { sessionId, headers })
        : await ai.resume(memory.turn.streamId, memory.turn);
    const turn = memory.turn ?? { streamId: stream.id ?? "", lastEventId: null, text: "", toolCalls: [] };
    memory.turn = turn;
    for await (const chunk of stream) {
      const piece = takeIn(chunk, turn);
      turn.lastEventId = stream.lastEventId;
      writeDown(memory, file);
      process.stdout.write(piece);
      // It has more to do than to read, and the gateway does not wait for it.
      await wait(20);
    }
    toolsWanted = turn.toolCalls.length > 0;
    messages.push({
      role: "assistant",
      content: turn.text || null,
      ...(toolsWanted && { tool_calls: turn.toolCalls }),
    });
    for (const { id } of turn.toolCalls) messages.push({ role: "tool", tool_call_id: id, content: manual });
    memory.turn = null;
    writeDown(memory, file);
  }
}

function takeIn({ choices: [choice] }: ChatCompletionChunk, turn: NonNullable<Memory["turn"]>): string {
  const { content, tool_calls = [] } = (choice?.delta ?? {}) as {
    readonly content?: string | null;
    readonly tool_calls?: readonly ({ readonly index: number } & ToolCall)[];
  };
  for (const { index, id, function: part } of tool_calls) {
    turn.toolCalls[index] ??= { id, type: "function", function: { name: part.name, arguments: "" } };
    turn.toolCalls[index].function.arguments += part.arguments ?? "";
  }
  turn.text += content ?? "";
  return content ?? "";
}

/** In one step: a kill finds the memory of before or of after. */
function writeDown(memory: Memory, file: string): void {
  writeFileSync(`${file}.new`, JSON.stringify(memory));
  renameSync(`${file}.new`, file);
}

/** Runs the agent as a process of its own, and kills it once it has said so many pieces. */
async function startAgent(file: string, killAfterPieces = Number.POSITIVE_INFINITY): Promise<boolean> {
  const agent = spawn(process.execPath, [...process.execArgv, self, question, file], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let pieces = 0;
  agent.stdout.on("data", () => {
    pieces += 1;
    if (pieces === killAfterPieces) agent.kill("SIGKILL");
  });
  return new Promise((resolve) => agent.once("close", (_code, signal) => resolve(signal === "SIGKILL")));
}

/** The agent's last words, and how often a model was asked for them, by the gateway's log. */
async function outcome(file: string) {
  const { messages, sessionId } = JSON.parse(readFileSync(file, "utf8")) as Memory;
  const response = await fetch(`${GW_URL}/admin/v1/logs`, { headers: { authorization: `Bearer ${GW_KEY}` } });
  const { data } = (await response.json()) as { readonly data: readonly { readonly session_id: string | null }[] };
  return { answer: messages.at(-1)?.content, calls: data.filter((row) => row.session_id === sessionId).length };
}

if (memoryFile !== undefined) await runAgent(memoryFile);
else {
  const directory = mkdtempSync(join(tmpdir(), "surviving-agent-"));
  const [whole, killed] = [join(directory, "whole.json"), join(directory, "killed.json")];
  await startAgent(whole);
  console.log(`killed in the middle of a turn: ${await startAgent(killed, 5)}`);
  await startAgent(killed);
  const [expected, actual] = [await outcome(whole), await outcome(killed)];
  console.log(actual.answer);
  console.log(`the same without a kill: ${actual.answer === expected.answer}`);
  console.log(`calls: ${actual.calls}, and ${expected.calls} without a kill`);
  rmSync(directory, { recursive: true });
}
