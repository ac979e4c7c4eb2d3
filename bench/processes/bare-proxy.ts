import { createServer } from "node:http";
import { Pool } from "undici";
import { announce } from "./announce.ts";

// The least that a proxy in Node has to do: node:http in, undici out, bytes passed on as they come. It knows no keys, reads
// no body and keeps no log.

const pool = new Pool(process.argv[2] as string, { pipelining: 1 });

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    pool.dispatch(
      {
        path: request.url as string,
        method: "POST",
        headers: { "content-type": "application/json" },
        body: chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks),
      },
      {
        onRequestStart() {},
        onResponseStart(_controller, status, headers) {
          const length = headers["content-length"];
          response.writeHead(status, {
            "content-type": headers["content-type"] as string,
            ...(typeof length === "string" && { "content-length": length }),
          });
        },
        onResponseData(controller, chunk) {
          if (!response.write(chunk)) {
            controller.pause();
            response.once("drain", () => controller.resume());
          }
        },
        onResponseEnd() {
          response.end();
        },
        onResponseError() {
          response.destroy();
        },
      },
    );
  });
});
server.listen(0, "127.0.0.1", () => announce(server));
