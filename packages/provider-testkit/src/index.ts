export { type ContractOptions, contractCases, type SelectedCase } from "./contract/contract-cases.ts";
export { assertEventGrammar } from "./contract/event-grammar.ts";
export type { ContractCase, CreateOptions } from "./contract/suite.ts";
export type { Expectation, FramePositions } from "./fixtures/fixture.ts";
export { testProvider } from "./test-provider.ts";
export { splitFrames } from "./upstream/frames.ts";
export type { Fault, Reach, ScriptedReply } from "./upstream/scripted-reply.ts";
export { type ReceivedRequest, startUpstream, type Upstream, type UpstreamScript } from "./upstream/start-upstream.ts";
