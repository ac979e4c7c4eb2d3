import { type Fault, type ScriptedReply, splitFrames, type UpstreamScript } from "@gw/provider-testkit";
import { expect, it } from "vitest";
import { type AgentVendor, chatAgent, lastWords, messagesAgent, steps } from "./agent-vendors.ts";
import { type Agent, anthropicAgent, openAIAgent } from "./agents.ts";
import { failing, stage } from "./stage.ts";

/** What becomes of the first provider's good answer. */
type Mood = (answer: ScriptedReply) => ScriptedReply;

const well: Mood = (answer) => answer;
const withFault =
  (fault: Fault): Mood =>
  (answer) => ({ ...answer, faults: [fault] });
const hangs = withFault({ type: "stall", after: "request" });
const dies = withFault({ type: "cut", after: "request", how: "reset" });
// For so short a time that it is asked again by the next call.
const limits: Mood = () => failing(429, { "retry-after-ms": "1" });
/** After the first event of a stream; a whole answer after its head. */
const cuts: Mood = (answer) => {
  const { headers = {}, body = "" } = answer;
  const type = headers["content-type"];
  const after = type === undefined ? "head" : (splitFrames(Buffer.from(body), type)[0]?.length ?? 0);
  return { ...answer, faults: [{ type: "cut", after, how: "reset" }] };
};

// Each trouble once for a whole answer and once for a stream. In the end nobody listens any more.
const moods: readonly Mood[] = [limits, limits, hangs, hangs, cuts, cuts, dies, dies];
const goneFrom = moods.length;

it.each<[string, string, Agent, AgentVendor]>([
  ["openai", "@gw/provider-openai-compatible", openAIAgent, chatAgent],
  ["anthropic", "@gw/provider-anthropic", anthropicAgent, messagesAgent],
  ["openai", "@gw/provider-anthropic", openAIAgent, messagesAgent],
  ["anthropic", "@gw/provider-openai-compatible", anthropicAgent, chatAgent],
])("an agent on the %s SDK takes its steps while %s fails in every way", async (_sdk, packageName, agent, vendor) => {
  let mood = well;
  const first: UpstreamScript = (request) => mood(vendor(request));
  const provider = { package: packageName };
  await using two = await stage(
    { first, second: vendor },
    {
      providers: { first: provider, second: provider },
      firstContentTimeoutMs: 300,
      // It is asked each time: how soon a breaker opens is another test's.
      breaker: { failuresInRow: 100 },
    },
  );
  const run = await agent(two.gw.url, "first/m", async (call) => {
    mood = moods[call] ?? well;
    if (call === goneFrom) await two.vendors.first.close();
  });
  expect(run).toEqual({ steps: Array.from({ length: steps }, (_, index) => index + 1), lastWords });
  expect(two.asked()).toEqual({ first: goneFrom, second: steps + 1 });
});
