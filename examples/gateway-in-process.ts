/**
 * The whole gateway inside a program, without a network hop: one API to every vendor whose key is in the environment, and to the
 * sandbox where there is none.
 *
 *     pnpm example gateway-in-process.ts "Why is the sky blue?"
 */
import { createGateway } from "@gw/gateway";
import OpenAI from "openai";

const question = process.argv[2] ?? "What is an inference layer?";
const gateway = await createGateway({ config: { models: { fast: "openai/gpt-5.4-mini" } } });

const answer = await gateway.run("anthropic/claude-opus-4-6", { input: question }, { metadata: { team: "docs" } });
console.log(answer.response);

const stream = await gateway.run("google/gemini-3.5-flash", { prompt: question, stream: true });
for await (const chunk of stream) process.stdout.write(chunk.response);
console.log();

// What takes a `fetch` works without a network too.
const client = new OpenAI({ baseURL: "http://gateway/v1", apiKey: "in-process", fetch: gateway.fetch });
const completion = await client.chat.completions.create({
  model: "fast",
  messages: [{ role: "user", content: question }],
});
console.log(completion.choices[0]?.message.content);

await gateway.close();
