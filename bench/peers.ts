import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Subject } from "./subject.ts";

const startMs = 10_000;
// What the kernel counts processor time in, on Linux.
const microsecondsPerTick = 10_000;

/** Other gateways that this machine happens to have: nginx on the PATH, Portkey where its package is found. */
export async function peers(upstream: string): Promise<Subject[]> {
  const found = [nginx, portkey].map((start) => start(upstream));
  return (await Promise.all(found)).filter((subject) => subject !== null);
}

async function nginx(upstream: string): Promise<Subject | null> {
  try {
    execFileSync("nginx", ["-v"], { stdio: "ignore" });
  } catch {
    return null;
  }
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "gw-nginx-"));
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  writeFileSync(
    join(folder, "nginx.conf"),
    `daemon off; worker_processes 1; pid ${folder}/pid; error_log stderr crit; events { worker_connections 4096; }
     http { access_log off; keepalive_requests 100000000; client_max_body_size 32m; client_body_buffer_size 1m; ${paths.join(" ")}
       upstream vendor { server ${new URL(upstream).host}; keepalive 64; }
       server { listen 127.0.0.1:${port}; location / { proxy_pass http://vendor; proxy_http_version 1.1;
         proxy_set_header Connection ""; proxy_buffering off; } } }`,
  );
  const child = spawn("nginx", ["-p", folder, "-c", join(folder, "nginx.conf")], { stdio: "ignore" });
  return peer("nginx", child, port, {});
}

async function portkey(upstream: string): Promise<Subject | null> {
  let root: string;
  try {
    root = dirname(createRequire(import.meta.url).resolve("@portkey-ai/gateway/package.json"));
  } catch {
    return null;
  }
  const port = await freePort();
  const args = [join(root, "build/start-server.js"), `--port=${port}`, "--headless"];
  const child = spawn(process.execPath, args, { stdio: "ignore", env: { ...process.env, NODE_ENV: "production" } });
  return peer("Portkey", child, port, {
    authorization: "Bearer bench",
    "x-portkey-provider": "openai",
    "x-portkey-custom-host": `${upstream}/v1`,
  });
}

async function peer(
  name: string,
  child: ChildProcess,
  port: number,
  headers: Readonly<Record<string, string>>,
): Promise<Subject> {
  await answering(port);
  return {
    name,
    url: `http://127.0.0.1:${port}`,
    headers,
    model: "bench",
    cpuMicroseconds: async () => ticksOf(child.pid as number) * microsecondsPerTick,
    stop: () => void child.kill("SIGTERM"),
  };
}

/** Of a process and its children. */
function ticksOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").trim().split(" ").filter(Boolean),
  );
  const own = Number(stat[11]) + Number(stat[12]);
  return children.reduce((sum, child) => sum + ticksOf(Number(child)), own);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

async function answering(port: number): Promise<void> {
  const until = performance.now() + startMs;
  while (performance.now() < until) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => resolve(true)).on("error", () => resolve(false));
      socket.on("connect", () => socket.destroy());
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`nothing answers on port ${port}`);
}
