import assert from "node:assert/strict";
import { type GatewayError, isGatewayError, TextCollector } from "@gw/core";
import type { Call, Provider, TextEvent, TextProvider, TextRequest, TextResult } from "@gw/core/types";
import type { Fixture } from "../fixtures/fixture.ts";
import type { Fault, ScriptedReply } from "../upstream/scripted-reply.ts";
import { textRequest, toolsRequest } from "./neutral-requests.ts";
import type { Suite } from "./suite.ts";

/** The fixture as the upstream sends it. */
export function replyOf(fixture: Fixture, ...faults: readonly Fault[]): ScriptedReply {
  return { status: fixture.status, headers: fixture.headers, body: fixture.bytes, faults };
}

export function textOf(provider: Provider): TextProvider {
  assert.ok(provider.text, "capabilities.text is declared, so provider.text must be there");
  return provider.text;
}

/** A request that the fixture could be the answer to. */
export function requestFor(fixture: Fixture): TextRequest {
  return fixture.case.startsWith("tools") ? toolsRequest(fixture.model, { type: "auto" }) : textRequest(fixture.model);
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

export function eventsOf(provider: Provider, fixture: Fixture, call?: Call): Promise<TextEvent[]> {
  return collect(textOf(provider).stream(requestFor(fixture), call));
}

function resultOf(events: readonly TextEvent[]): TextResult {
  const collector = new TextCollector();
  for (const event of events) collector.push(event);
  return collector.result();
}

/** Asks for what the fixture holds, streamed or whole as the fixture is. */
export function ask(provider: Provider, fixture: Fixture, call?: Call): Promise<TextResult> {
  return fixture.frames === null
    ? textOf(provider).generate(requestFor(fixture), call)
    : eventsOf(provider, fixture, call).then(resultOf);
}

/** What a provider makes of a fixture. */
export function answer(suite: Suite, fixture: Fixture, ...faults: readonly Fault[]): Promise<TextResult> {
  return suite.against(replyOf(fixture, ...faults), (provider) => ask(provider, fixture));
}

/** The error that a call fails with; a success, or an error of another kind, is a broken promise. */
export async function failureOf(outcome: Promise<unknown>): Promise<GatewayError> {
  let caught: unknown;
  try {
    await outcome;
  } catch (error) {
    caught = error;
  }
  assert.notEqual(caught, undefined, "The call must fail, and it succeeded");
  if (!isGatewayError(caught)) assert.fail(`The call must fail with a GatewayError, and failed with ${String(caught)}`);
  return caught;
}

/** Expects a call to fail with one of these codes. */
export async function failsWith(outcome: Promise<unknown>, ...codes: readonly GatewayError["code"][]): Promise<void> {
  const { code, message } = await failureOf(outcome);
  assert.ok(codes.includes(code), `The code must be ${codes.join(" or ")}; it is ${code} (${message})`);
}
