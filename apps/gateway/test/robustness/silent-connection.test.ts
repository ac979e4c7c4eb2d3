import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { createGateway } from "../../src/index.ts";

test("a connection on which nothing was asked does not hold up the end of a gateway", async () => {
  const gateway = await createGateway({ config: { shutdownGraceMs: 600_000 }, environment: {} });
  const { hostname, port } = new URL((await gateway.listen({ port: 0 })).url);
  const socket = connect({ host: hostname, port: Number(port) });
  await once(socket, "connect");
  const closed = once(socket, "close");
  // Known to the gateway too: it answers a later one.
  await fetch(`http://${hostname}:${port}/healthz`);
  await gateway.close();
  expect(await closed).toEqual([false]);
});
