import { chat, startMoneyGateway, streamed } from "./money-gateway.ts";

process.on("unhandledRejection", (e) => console.log("UNHANDLED", e));
const g = await startMoneyGateway(() => ({ ...streamed(7, 3), faults: [{ type: "drop-frames", from: 3 }] }));
let n = 0;
const t = setTimeout(() => {
  console.log("STUCK", n, g.logged.slice(-2));
  process.exit(1);
}, 6000);
for (; n < 20; n++) await g.call("POST", "/v1/chat/completions", { body: chat({ stream: true }) });
console.log("answered");
clearTimeout(t);
await g.close();
console.log("closed");
