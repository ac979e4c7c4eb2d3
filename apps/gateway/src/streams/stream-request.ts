import { canonicalPath } from "../endpoints/routes.ts";

/** A request about a stream that is kept. */
export interface StreamRequest {
  readonly action:
    | "read"
    | "inspect"
    | "cancel"
    | "cancel-by-key"
    | "sign"
    | "read-response"
    | "cancel-response"
    | "resume";
  /** Of the stream, or a name of it; empty where an `Idempotency-Key` stands for it. */
  readonly id: string;
  readonly query: URLSearchParams;
}

const paths: readonly (readonly [method: string, pattern: RegExp, action: StreamRequest["action"]])[] = [
  ["GET", /^\/v1\/streams\/([\w.-]+)$/, "read"],
  ["HEAD", /^\/v1\/streams\/([\w.-]+)$/, "inspect"],
  ["POST", /^\/v1\/streams\/([\w.-]+)\/cancel$/, "cancel"],
  ["POST", /^\/v1\/streams\/cancel()$/, "cancel-by-key"],
  ["POST", /^\/v1\/streams\/([\w.-]+)\/url$/, "sign"],
  ["GET", /^\/v1\/responses\/([\w.-]+)$/, "read-response"],
  ["POST", /^\/v1\/responses\/([\w.-]+)\/cancel$/, "cancel-response"],
  ["GET", /^\/ai\/run\/([\w.-]+)\/resume$/, "resume"],
];

/** What a request asks about a kept stream; `null` when it asks for something else. */
export function streamRequest(method: string | undefined, url: string): StreamRequest | null {
  const mark = url.indexOf("?");
  const path = canonicalPath(mark === -1 ? url : url.slice(0, mark));
  if (!path.startsWith("/v1/streams/") && !path.startsWith("/v1/responses/") && !path.endsWith("/resume")) return null;
  for (const [expected, pattern, action] of paths) {
    const id = method === expected ? pattern.exec(path)?.[1] : undefined;
    if (id !== undefined) {
      return { action, id, query: new URLSearchParams(mark === -1 ? "" : url.slice(mark + 1)) };
    }
  }
  return null;
}
