/**
 * The client needs `fetch` and nothing else, so this handler is the same in Node, Deno, Bun and workers.
 *
 *     GW_KEY=$(cat .gw/admin-key) pnpm example run-anywhere.ts "Why is the sky blue?"
 */
import { AIError, createAI } from "@gw/client";

/** Answers `?question=` as a stream of plain text. A worker exports it as `{ fetch: handle }`. */
export async function handle(request: Request, environment: { GW_URL: string; GW_KEY: string }): Promise<Response> {
  const ai = createAI({ baseURL: environment.GW_URL, apiKey: environment.GW_KEY });
  const prompt = new URL(request.url).searchParams.get("question") ?? "What is an inference layer?";
  try {
    const chunks = await ai.run("anthropic/claude-opus-4-6", { prompt, stream: true }, { signal: request.signal });
    const text = ReadableStream.from(chunks).pipeThrough(
      new TransformStream<{ response: string }, string>({
        transform: (chunk, controller) => controller.enqueue(chunk.response),
      }),
    );
    return new Response(text.pipeThrough(new TextEncoderStream()));
  } catch (error) {
    if (!(error instanceof AIError)) throw error;
    return new Response(`${error.code}: ${error.message}`, { status: error.status ?? 502 });
  }
}

// Here Node stands in for the worker.
if (import.meta.main) {
  const { GW_URL = "http://127.0.0.1:8787", GW_KEY = "" } = process.env;
  const query = new URLSearchParams(process.argv[2] === undefined ? {} : { question: process.argv[2] });
  const response = await handle(new Request(`http://localhost/?${query}`), { GW_URL, GW_KEY });
  for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) process.stdout.write(text);
  console.log();
}
