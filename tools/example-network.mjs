// Preloaded into the examples of the READMEs, so that they run exactly as written but call no vendor: every HTTPS host is the
// sandbox, and so is a model server on its usual port; the gateway's usual port is the gateway that was started for the check.

import net from "node:net";
import tls from "node:tls";

const sandboxPort = Number(process.env.GW_EXAMPLE_SANDBOX_PORT);
const gatewayPort = Number(process.env.GW_EXAMPLE_GATEWAY_PORT);
const portOf = new Map([
  [8787, gatewayPort],
  [11434, sandboxPort],
]);

const connect = net.connect;
net.connect = (options, ...rest) => {
  const port = portOf.get(Number(options.port));
  return connect(port === undefined ? options : { ...options, port }, ...rest);
};

tls.connect = () => {
  const socket = connect({ host: "127.0.0.1", port: sandboxPort });
  socket.once("connect", () => socket.emit("secureConnect"));
  return socket;
};
