import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A network between client and gateway that breaks where it is told to. */
export interface CuttingProxy {
  /** What the client takes for the gateway. */
  readonly url: string;
  /** Where it leads. */
  target: string;
  /** While it is true, every connection is cut as soon as it is made. */
  down: boolean;
  /** Whether what is cut stays open, and nothing more comes on it. */
  mute: boolean;
  /** Connections that were cut. */
  readonly cuts: number;
  /**
   * Cuts the connection after so many bytes of what the gateway sends from now on, heads included; then the next one after so
   * many more. `onCut` is told before the client can know.
   */
  cutAfter(bytes: readonly number[], onCut?: () => void): void;
  /** Cuts every connection that is open. */
  cutAll(): void;
  close(): void;
}

/** Starts it on a free port. */
export async function startCuttingProxy(target: string): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let places: number[] = [];
  let told = (): void => {};
  const server = createServer({ noDelay: true }, (client) => {
    if (proxy.down) return void client.destroy();
    const { hostname, port } = new URL(proxy.target);
    const gateway = connect({ host: hostname, port: Number(port), noDelay: true });
    const end = (): void => {
      client.destroy();
      gateway.destroy();
    };
    for (const socket of [client, gateway]) {
      sockets.add(socket);
      socket.on("error", end);
      socket.once("close", () => {
        sockets.delete(socket);
        end();
      });
    }
    client.pipe(gateway);
    gateway.on("data", (bytes: Buffer) => {
      const [place] = places;
      if (place === undefined || bytes.length < place) {
        if (place !== undefined) places[0] = place - bytes.length;
        client.write(bytes);
        return;
      }
      places.shift();
      cuts += 1;
      gateway.removeAllListeners("data");
      told();
      client.write(bytes.subarray(0, place), () => {
        if (proxy.mute) return;
        // Some connections end, others are reset.
        if (cuts % 2 === 0) client.resetAndDestroy();
        else client.destroy();
      });
    });
  });
  let cuts = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const proxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    target,
    down: false,
    mute: false,
    get cuts() {
      return cuts;
    },
    cutAfter(bytes: readonly number[], onCut = (): void => {}) {
      places = [...bytes];
      told = onCut;
    },
    cutAll() {
      for (const socket of sockets) socket.destroy();
    },
    close() {
      server.close();
      this.cutAll();
    },
  };
  return proxy;
}
