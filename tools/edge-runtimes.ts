import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, request as openRequest, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { EdgePlaces } from "./edge-program.ts";
import { runCommand } from "./run-command.ts";

export type Outcomes = Readonly<Record<string, string>>;

const mark = "outcomes ";

/**
 * Runs the program of `tools/edge-program.ts` in workerd, as of a day on which workers had nothing of Node unless they asked.
 *
 * @param folder Where workerd is installed, and `workerd.js` exports `edgeProgram`.
 */
export async function runInWorkerd(folder: string, places: EdgePlaces): Promise<Outcomes> {
  const worker = `import { edgeProgram } from "./workerd.js";
export default {
  async test(controller, { PLACES }) {
    console.log(${JSON.stringify(mark)} + JSON.stringify(await edgeProgram(PLACES)));
  },
};
`;
  const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [
        (name = "main.js", esModule = embed "main.js"),
        (name = "workerd.js", esModule = embed "workerd.js"),
      ],
      bindings = [(name = "PLACES", json = ${JSON.stringify(JSON.stringify(places))})],
      compatibilityDate = "2025-01-01",
      globalOutbound = "loopback",
    )),
    (name = "loopback", network = (allow = ["local", "private"])),
  ],
);
`;
  await writeFile(join(folder, "main.js"), worker);
  await writeFile(join(folder, "config.capnp"), config);
  const printed = await runCommand(join(folder, "node_modules", ".bin", "workerd"), ["test", "config.capnp"], folder);
  const line = printed.split("\n").find((text) => text.startsWith(mark));
  if (line === undefined) throw new Error(`workerd printed no outcomes: ${printed}`);
  return JSON.parse(line.slice(mark.length)) as Outcomes;
}

const browserTimeoutMs = 60_000;
const page = `<!doctype html>
<script type="module">
  import { edgeProgram } from "/browser.js";
  const { origin } = location;
  const places = { vendorUrl: origin + "/v1", gatewayUrl: origin, gatewayKey: new URLSearchParams(location.search).get("key") };
  const outcomes = await edgeProgram(places).catch((error) => ({ error: String(error) }));
  await fetch("/outcomes", { method: "POST", body: JSON.stringify(outcomes) });
</script>
`;

/**
 * Runs the same program in a page of headless Chromium, from `browser.js`; vendor and gateway answer from the page's own origin.
 *
 * `null` when Chromium is not installed.
 */
export async function runInChromium(folder: string, places: EdgePlaces): Promise<Outcomes | null> {
  const { promise: outcomes, resolve, reject } = Promise.withResolvers<Outcomes>();
  const script = await readFile(join(folder, "browser.js"));
  const server = createServer(async (request, response) => {
    const path = request.url ?? "/";
    if (path === "/outcomes") {
      resolve(JSON.parse(Buffer.concat(await request.toArray()).toString()) as Outcomes);
      response.end();
    } else if (path.startsWith("/v1/")) forward(request, response, new URL(path, places.vendorUrl));
    else if (path.startsWith("/ai/")) forward(request, response, new URL(path, places.gatewayUrl));
    else if (path === "/browser.js") response.setHeader("content-type", "text/javascript").end(script);
    else response.setHeader("content-type", "text/html").end(page);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/?key=${places.gatewayKey}`;
  const flags = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
  ];
  const browser = spawn("chromium", [...flags, `--user-data-dir=${join(folder, "profile")}`, url], { stdio: "ignore" });
  const closed = once(browser, "close").catch(() => {});
  browser.on("error", reject);
  browser.on("exit", (code) => reject(new Error(`Chromium ended with ${code}`)));
  const timer = setTimeout(() => reject(new Error("the page gave no outcomes in time")), browserTimeoutMs);
  try {
    return await outcomes;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  } finally {
    clearTimeout(timer);
    browser.kill();
    await closed;
    server.close();
    server.closeAllConnections();
  }
}

function forward(request: IncomingMessage, response: ServerResponse, target: URL): void {
  const { method, headers } = request;
  const onward = openRequest(target, { method, headers }, (reply) => {
    response.writeHead(reply.statusCode ?? 502, reply.headers);
    reply.pipe(response);
  });
  onward.on("error", () => response.destroy());
  response.on("close", () => onward.destroy());
  request.pipe(onward);
}
