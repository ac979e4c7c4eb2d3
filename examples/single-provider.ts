/**
 * One vendor without a gateway: a provider package is a library of its own.
 *
 *     OPENAI_API_KEY=... pnpm example single-provider.ts "Why is the sky blue?"
 */
import { isGatewayError } from "@gw/core";
import { openai } from "@gw/provider-openai";

const { OPENAI_API_KEY = "", OPENAI_BASE_URL } = process.env;
const provider = openai({ apiKey: OPENAI_API_KEY, ...(OPENAI_BASE_URL && { baseUrl: OPENAI_BASE_URL }) });
const question = process.argv[2] ?? "What is an inference layer?";

try {
  const events = provider.text.stream(
    { model: "gpt-5.4-mini", messages: [{ role: "user", content: [{ type: "text", text: question }] }] },
    { signal: AbortSignal.timeout(60_000) },
  );
  for await (const event of events) {
    if (event.type === "text-delta") process.stdout.write(event.text);
    if (event.type === "response-end") console.log(`\n${event.finishReason}, ${event.usage.outputTokens} tokens`);
  }
} catch (error) {
  if (!isGatewayError(error)) throw error;
  // The code is stable, and `retry` says whether this or another vendor is worth an attempt.
  console.error(error.code, error.retry);
  process.exitCode = 1;
} finally {
  await provider.close();
}
