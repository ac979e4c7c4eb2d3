import { expect, test } from "vitest";
import { compose } from "../src/composition.ts";

const noSandbox = () => Promise.reject(new Error("The sandbox is not wanted"));

/** The providers that an environment switches on. */
async function switchedOn(environment: Record<string, string>): Promise<string[]> {
  const composition = await compose({ config: {}, environment, sandboxMode: "off", sandbox: noSandbox });
  await composition.close();
  return [...composition.providers.keys()];
}

const region = { AWS_REGION: "eu-central-1" };
const accessKey = { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret" };

test.each<[string, Record<string, string>, string[]]>([
  ["nothing", {}, []],
  ["an empty key", { OPENAI_API_KEY: "" }, []],
  ["a key", { ANTHROPIC_API_KEY: "k", OPENAI_API_KEY: "k" }, ["openai", "anthropic"]],
  ["a region without a key", region, []],
  ["an access key of AWS, there for other reasons", { ...region, ...accessKey }, []],
  ["a key of Bedrock's own and its region", { ...region, AWS_BEARER_TOKEN_BEDROCK: "k" }, ["bedrock"]],
])("%s in the environment switches on what is complete", async (_what, environment, providers) => {
  expect(await switchedOn(environment)).toEqual(providers);
});
