import { connect, type Socket } from "node:net";

/** A connection on which bytes are sent as they are given. */
export interface RawConnection {
  send(bytes: string | Uint8Array): void;
  /** Everything that came, once the gateway has closed the connection. Rejects after 10 s. */
  untilClosed(): Promise<string>;
  /** Everything that came so far, once it matches. Rejects after 10 s. */
  until(pattern: RegExp): Promise<string>;
  /** Reads no further, and goes on. */
  pause(): void;
  resume(): void;
  destroy(): void;
}

const boundMs = 10_000;

/** Connects to a gateway without a word. */
export async function rawConnection(url: string): Promise<RawConnection> {
  const { hostname, port } = new URL(url);
  const socket: Socket = connect({ host: hostname, port: Number(port), noDelay: true });
  let received = "";
  let closed = false;
  let check = (): void => {};
  socket.setEncoding("latin1");
  socket.on("data", (text: string) => {
    received += text;
    check();
  });
  // What came before a reset counts.
  socket.on("error", () => {});
  socket.on("close", () => {
    closed = true;
    check();
  });
  await new Promise((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  const when = (isDone: () => boolean): Promise<string> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`Only this came: ${received}`)), boundMs);
      check = () => {
        if (!isDone()) return;
        clearTimeout(timer);
        resolve(received);
      };
      check();
    });
  return {
    send: (bytes) => void socket.write(bytes),
    untilClosed: () => when(() => closed),
    until: (pattern) => when(() => pattern.test(received)),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    destroy: () => void socket.destroy(),
  };
}
