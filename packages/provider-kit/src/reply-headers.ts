import type { WireHeaders } from "@gw/core";

const visible =
  /^(?:content-type|retry-after|retry-after-ms|x-should-retry)$|rate-?limit|(?:request|correlation|trace|generation)-?id$|-processing-ms$/;
const requestId = /(?:request|correlation|trace|generation)-?id$/;

// A vendor's replies carry the same names again and again; the bound is for one that makes names up.
const maxRemembered = 1_000;
const remembered = new Map<string, boolean>();

function isVisible(name: string): boolean {
  const known = remembered.get(name);
  if (known !== undefined) return known;
  const result = visible.test(name);
  if (remembered.size < maxRemembered) remembered.set(name, result);
  return result;
}

/**
 * The headers of a reply that a caller may see: the content type, request ids, rate limits and retry hints. Cookies, account
 * ids and what concerns the connection stay here.
 */
export function visibleHeaders(headers: WireHeaders): WireHeaders {
  const kept: Record<string, string> = {};
  for (const name in headers) if (isVisible(name)) kept[name] = headers[name] as string;
  return kept;
}

/** The vendor's id of a request, whatever it calls the header; `null` where there is none. */
export function requestIdOf(headers: WireHeaders): string | null {
  const common = headers["x-request-id"] ?? headers["request-id"];
  if (common !== undefined) return common;
  for (const name in headers) if (requestId.test(name)) return headers[name] as string;
  return null;
}

/** True for a body of JSON, by its content type. */
export function isJsonReply(headers: WireHeaders): boolean {
  return /^application\/(?:[\w.-]+\+)?json\b/i.test(headers["content-type"] ?? "");
}

/** True for a web page: what proxies and wrong addresses answer with. */
export function isHtmlReply(headers: WireHeaders): boolean {
  return /^text\/html\b/i.test(headers["content-type"] ?? "");
}
