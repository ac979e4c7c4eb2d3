import { anthropicMessages, openAIChat, openAIResponses } from "@gw/dialects";
import type { Endpoint } from "../pipeline/decode.ts";
import { embeddings } from "./embeddings.ts";
import { generateContent } from "./generate-content.ts";
import { messagesCountTokens } from "./messages-count-tokens.ts";
import { run, runModel } from "./run.ts";
import { textEndpoint } from "./text-endpoint.ts";

/** Addresses that are one path. All of them take POST. */
const exact: ReadonlyMap<string, Endpoint> = new Map([
  ["/v1/chat/completions", textEndpoint("chat/completions", openAIChat)],
  ["/v1/responses", textEndpoint("responses", openAIResponses)],
  ["/v1/messages", textEndpoint("messages", anthropicMessages)],
  ["/v1/messages/count_tokens", messagesCountTokens],
  ["/v1/embeddings", embeddings],
  ["/ai/run", run],
]);

/** Addresses that end in a model. */
const prefixes: readonly (readonly [string, Endpoint])[] = [
  ["/v1beta/models/", generateContent],
  ["/v1/models/", generateContent],
  ["/ai/run/", runModel],
];

const byName: ReadonlyMap<string, Endpoint> = new Map(
  [...exact.values(), ...prefixes.map(([, endpoint]) => endpoint)].map((endpoint) => [endpoint.name, endpoint]),
);

/** The endpoint of this name; chat completions for one that is no more. */
export function endpointNamed(name: string): Endpoint {
  return byName.get(name) ?? (exact.get("/v1/chat/completions") as Endpoint);
}

/** An endpoint of the data plane, and what its path leaves open. */
export interface RouteMatch {
  readonly endpoint: Endpoint;
  readonly rest: string;
}

/** Finds the endpoint of a POST path, in any of the forms under which it answers; `null` where the data plane has none. */
export function matchRoute(path: string): RouteMatch | null {
  const canonical = canonicalPath(path);
  const endpoint = exact.get(canonical);
  if (endpoint !== undefined) return { endpoint, rest: "" };
  for (const [prefix, open] of prefixes) {
    if (canonical.startsWith(prefix) && canonical.length > prefix.length) {
      return { endpoint: open, rest: decodePath(canonical.slice(prefix.length)) };
    }
  }
  return null;
}

/**
 * `/ai/v1/...` and `/client/v4/accounts/{account}/ai/...` are `/v1/...` and `/ai/...`; an SDK that adds `/v1` to a base
 * that already ends in it is understood.
 */
export function canonicalPath(path: string): string {
  let canonical = path;
  if (canonical.startsWith("/client/v4/accounts/")) {
    const start = canonical.indexOf("/ai/", 20);
    if (start !== -1) canonical = canonical.slice(start);
  }
  if (canonical.startsWith("/ai/v1")) canonical = canonical.slice(3);
  if (canonical.startsWith("/v1/v1/")) canonical = canonical.slice(3);
  return canonical;
}

function decodePath(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
