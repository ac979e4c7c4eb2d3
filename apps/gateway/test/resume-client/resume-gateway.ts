import { chatBody, chatEvents, type StreamGateway, startStreamGateway } from "../streams/stream-gateway.ts";
import { type CuttingProxy, startCuttingProxy } from "./cutting-proxy.ts";

/** A gateway that its clients reach through a network that breaks. */
export interface ResumeGateway extends AsyncDisposable {
  readonly gw: StreamGateway;
  readonly proxy: CuttingProxy;
}

/** What the vendor says, piece by piece; some characters take several bytes. */
export const pieces = ["A ", "gate", "way — ", "🚪 — ", "is a ", "door", ", größer ", "than it looks", "."];
export const text = pieces.join("");

/** The same call to every gateway. */
export const body = JSON.stringify(chatBody());

/** Starts both, with a vendor that says {@link pieces}. */
export async function startResumeGateway(): Promise<ResumeGateway> {
  const gw = await startStreamGateway();
  const proxy = await startCuttingProxy(gw.url);
  saysPieces(gw);
  return {
    gw,
    proxy,
    async [Symbol.asyncDispose]() {
      proxy.close();
      await gw.close();
    },
  };
}

/** The vendor says its pieces from now on; its calls so far are forgotten. */
export function saysPieces({ vendor }: Pick<StreamGateway, "vendor">): void {
  vendor.answers(({ body: asked, response }) => {
    if ((JSON.parse(asked) as { stream?: boolean }).stream === true) {
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const event of chatEvents(pieces)) response.write(event);
      response.end();
      return;
    }
    response.writeHead(200, { "content-type": "application/json" });
    const message = { role: "assistant", content: text };
    response.end(
      JSON.stringify({
        id: "c-1",
        object: "chat.completion",
        created: 1,
        model: "m",
        choices: [{ index: 0, message, finish_reason: "stop" }],
      }),
    );
  });
}

/** The vendor says its first pieces and then nothing more, until it is told to go on. */
export function saysAndWaits({ vendor }: Pick<StreamGateway, "vendor">, count: number): { goOn(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  vendor.answers(async ({ response }) => {
    const events = chatEvents(pieces);
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const event of events.slice(0, count)) response.write(event);
    await promise;
    for (const event of events.slice(count)) response.write(event);
    response.end();
  });
  return { goOn: resolve };
}
