export type { ScriptedReply } from "./make-answer.ts";
export type { SandboxVendor, ScenarioRule } from "./scenario.ts";
export { readScenario } from "./scenario.ts";
export { type Sandbox, type SandboxOptions, startSandbox } from "./start-sandbox.ts";
