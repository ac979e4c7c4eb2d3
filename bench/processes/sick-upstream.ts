import { createServer } from "node:net";
import { announce } from "./announce.ts";

// A vendor that has no capacity, and says so as fast as it can.

const refusal = "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
const headEnd = Buffer.from("\r\n\r\n");

const server = createServer({ noDelay: true }, (socket) => {
  let pending: Buffer = Buffer.alloc(0);
  socket.on("data", (data) => {
    pending = pending.length === 0 ? data : Buffer.concat([pending, data]);
    const end = pending.indexOf(headEnd);
    if (end === -1) return;
    const length = Number(/content-length: *(\d+)/i.exec(pending.toString("latin1", 0, end))?.[1] ?? 0);
    if (pending.length < end + 4 + length) return;
    pending = pending.subarray(end + 4 + length);
    socket.write(refusal);
  });
  socket.on("error", () => socket.destroy());
});
server.listen(0, "127.0.0.1", () => announce(server));
