import type { WireHeaders } from "@gw/core/types";

/** An AWS access key. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials. */
  readonly sessionToken?: string;
}

/** What a signature covers. */
export interface SignedParts {
  readonly method: string;
  /** Absolute, as it is sent. */
  readonly url: string;
  /** Headers that must arrive as they are, lower-case; `host` is taken from the URL. */
  readonly headers: WireHeaders;
  readonly body: Uint8Array | string | null;
}

const algorithm = "AWS4-HMAC-SHA256";
const encoder = new TextEncoder();

type HmacKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/**
 * Signs requests for one service in one region with Signature Version 4.
 *
 * The path is encoded once more for the signature (`%3A` becomes `%253A`), as every service but S3 wants it.
 *
 * @see the official test vectors of aws-c-auth
 */
export class Sigv4Signer {
  readonly #credentials: AwsCredentials;
  readonly #region: string;
  readonly #service: string;
  /** A key holds for a day. */
  #key: { readonly day: string; readonly value: Promise<HmacKey> } | null = null;

  constructor(credentials: AwsCredentials, region: string, service: string) {
    this.#credentials = credentials;
    this.#region = region;
    this.#service = service;
  }

  /** The headers to add: `authorization`, `x-amz-date` and, with temporary credentials, `x-amz-security-token`. */
  async sign(parts: SignedParts, nowMs: number): Promise<WireHeaders> {
    const time = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, "");
    const day = time.slice(0, 8);
    const { accessKeyId, sessionToken } = this.#credentials;
    const added = {
      "x-amz-date": time,
      ...(sessionToken !== undefined && { "x-amz-security-token": sessionToken }),
    };
    const url = new URL(parts.url);
    const headers: WireHeaders = { ...parts.headers, ...added, host: url.host };
    const names = Object.keys(headers).sort();
    const request = [
      parts.method,
      canonicalPath(parts.url),
      canonicalQuery(parts.url),
      ...names.map((name) => `${name}:${(headers[name] as string).trim().replace(/\s+/g, " ")}`),
      "",
      names.join(";"),
      await sha256(parts.body ?? ""),
    ].join("\n");
    const scope = `${day}/${this.#region}/${this.#service}/aws4_request`;
    const toSign = [algorithm, time, scope, await sha256(request)].join("\n");
    const signature = hex(await hmac(await this.#signingKey(day), toSign));
    return {
      ...added,
      authorization: `${algorithm} Credential=${accessKeyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`,
    };
  }

  #signingKey(day: string): Promise<HmacKey> {
    if (this.#key?.day !== day) this.#key = { day, value: this.#derive(day) };
    return this.#key.value;
  }

  async #derive(day: string): Promise<HmacKey> {
    let key = await hmacKey(encoder.encode(`AWS4${this.#credentials.secretAccessKey}`));
    for (const part of [day, this.#region, this.#service, "aws4_request"]) key = await hmacKey(await hmac(key, part));
    return key;
  }
}

/** The path from the first slash on, without steps that lead nowhere. */
function canonicalPath(url: string): string {
  const segments: string[] = [];
  const [path = ""] = afterOrigin(url).split(/[?#]/, 1);
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(encode(segment));
  }
  const end = segments.length > 0 && /\/\.{0,2}$/.test(path) ? "/" : "";
  return `/${segments.join("/")}${end}`;
}

/** Names and values are sent encoded, and signed as they are sent. */
function canonicalQuery(url: string): string {
  const query = /\?([^#]*)/.exec(afterOrigin(url))?.[1] ?? "";
  if (query === "") return "";
  const pairs = query.split("&").map((pair) => {
    const [name = "", value = ""] = pair.split(/=(.*)/s);
    return [encodeOnce(name), encodeOnce(value)] as const;
  });
  // By name, then by value, each by its bytes.
  pairs.sort(([name, value], [otherName, otherValue]) => compare(name, otherName) || compare(value, otherValue));
  return pairs.map(([name, value]) => `${name}=${value}`).join("&");
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

function afterOrigin(url: string): string {
  return url.replace(/^[a-z]+:\/\/[^/?#]*/i, "");
}

/** Everything but letters, digits and `-._~`, a percent sign too. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function encodeOnce(text: string): string {
  return encode(decodeURIComponent(text));
}

async function sha256(data: Uint8Array | string): Promise<string> {
  const bytes = typeof data === "string" ? encoder.encode(data) : data;
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>)));
}

function hmacKey(bytes: Uint8Array): Promise<HmacKey> {
  return crypto.subtle.importKey("raw", bytes as Uint8Array<ArrayBuffer>, { name: "HMAC", hash: "SHA-256" }, false, [
    "sign",
  ]);
}

async function hmac(key: HmacKey, text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(text)));
}

function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}
