import { createGateway, type Gateway } from "../../src/index.ts";

/** What became of a gateway that was told to start. */
export interface Opened {
  /** `null`: it runs. */
  readonly failure: string | null;
  readonly madeAdminKey: boolean;
}

let gateway: Gateway | null = null;

/** A directory starts a gateway on it; `null` ends that gateway. */
export interface Order {
  readonly directory: string | null;
}

process.on("message", ({ directory }: Order) => {
  void (directory === null ? closed() : opened(directory)).then((outcome) => process.send?.(outcome));
});
process.send?.(null);

async function opened(dataDirectory: string): Promise<Opened> {
  try {
    gateway = await createGateway({ dataDirectory, environment: {} });
    await gateway.listen({ port: 0 });
    return { failure: null, madeAdminKey: gateway.freshAdminKey !== null };
  } catch (error) {
    return { failure: String(error), madeAdminKey: false };
  }
}

async function closed(): Promise<null> {
  await gateway?.close();
  gateway = null;
  return null;
}
