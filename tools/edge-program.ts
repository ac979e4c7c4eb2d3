import { AIError, createAI } from "@gw/client";
import { isGatewayError } from "@gw/core";
import { openai } from "@gw/provider-openai";

/** Where the program finds what it calls. */
export interface EdgePlaces {
  /** The base URL of a vendor, as its SDK wants it. */
  readonly vendorUrl: string;
  readonly gatewayUrl: string;
  readonly gatewayKey: string;
}

const asked = "Say exactly: A gateway is a door.";
const request = {
  model: "gpt-5.4-mini",
  messages: [{ role: "user", content: [{ type: "text", text: asked }] }],
} as const;

/** What a provider and the client do where there is `fetch` and no Node: name of the call -> what became of it. */
export async function edgeProgram(places: EdgePlaces): Promise<Record<string, string>> {
  const provider = openai({ apiKey: "any", baseUrl: places.vendorUrl });
  const slow = openai({ apiKey: "any", baseUrl: places.vendorUrl, headers: { "gw-sandbox-pace-ms": "20" } });
  const limited = openai({
    apiKey: "any",
    baseUrl: places.vendorUrl,
    headers: { "gw-sandbox-fault": "status=429;retry-after=2" },
  });
  const nowhere = openai({ apiKey: "any", baseUrl: "http://127.0.0.1:1/v1" });
  const ai = createAI({ baseURL: places.gatewayUrl, apiKey: places.gatewayKey });
  const stranger = createAI({ baseURL: places.gatewayUrl, apiKey: "gw_unknown" });

  const calls: Record<string, () => Promise<string>> = {
    async "provider, whole"() {
      const { content } = await provider.text.generate(request);
      return content.map((part) => (part.type === "text" ? part.text : part.type)).join();
    },
    async "provider, streamed"() {
      const pieces: string[] = [];
      for await (const event of provider.text.stream(request)) {
        if (event.type === "text-delta") pieces.push(event.text);
      }
      return inPieces(pieces);
    },
    async "provider, aborted in a stream"() {
      const controller = new AbortController();
      for await (const event of slow.text.stream(request, { signal: controller.signal })) {
        if (event.type === "text-delta") controller.abort();
      }
      return "came to its end";
    },
    async "provider, refused"() {
      await limited.text.generate(request);
      return "answered";
    },
    async "provider, unreachable"() {
      await nowhere.text.generate(request);
      return "answered";
    },
    async "client, whole"() {
      return (await ai.run("anthropic/claude-opus-4-6", { input: asked })).response;
    },
    async "client, streamed"() {
      const pieces: string[] = [];
      for await (const chunk of await ai.run("google/gemini-3.5-flash", { prompt: asked, stream: true })) {
        if (chunk.response !== "") pieces.push(chunk.response);
      }
      return inPieces(pieces);
    },
    async "client, refused"() {
      return (await stranger.run("anthropic/claude-opus-4-6", { input: asked })).response;
    },
  };

  const outcomes: Record<string, string> = { process: typeof globalThis.process };
  for (const [name, call] of Object.entries(calls)) outcomes[name] = await call().catch(described);
  return outcomes;
}

function inPieces(pieces: readonly string[]): string {
  return pieces.length > 1 ? pieces.join("") : `${pieces.length} piece`;
}

function described(error: unknown): string {
  if (isGatewayError(error)) return error.retryAfterMs === null ? error.code : `${error.code} ${error.retryAfterMs}`;
  return error instanceof AIError ? error.code : String(error);
}
