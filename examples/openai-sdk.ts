/**
 * An SDK that you already use, pointed at a running gateway (`npm start`): another vendor is another model string.
 *
 *     GW_KEY=$(cat .gw/admin-key) pnpm example openai-sdk.ts "Why is the sky blue?"
 */
import OpenAI from "openai";

const { GW_URL = "http://127.0.0.1:8787", GW_KEY } = process.env;
const client = new OpenAI({ baseURL: `${GW_URL}/v1`, apiKey: GW_KEY });
const content = process.argv[2] ?? "What is an inference layer?";

for (const model of ["openai/gpt-5.4-mini", "anthropic/claude-opus-4-6", "google/gemini-3.5-flash"]) {
  const { data: stream, response } = await client.chat.completions
    .create({ model, messages: [{ role: "user", content }], stream: true })
    .withResponse();
  process.stdout.write(`${model} (${response.headers.get("gw-lane")}): `);
  for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? "");
  console.log();
}
