import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GatewayError } from "@gw/core";

/** What a signed URL has beside its path. */
export interface SignedQuery {
  /** Seconds since 1970. */
  readonly expires: string;
  readonly signature: string;
}

const secretBytes = 32;

/** URLs that show one stream to whoever has them, for a while: for browsers, which must not have a key. They can only read. */
export class SignedUrls {
  readonly #secret: Buffer;

  /** @param dataDirectory keeps the secret for its owner alone; without one it lives as long as the process */
  constructor(dataDirectory: string | null) {
    this.#secret =
      dataDirectory === null ? randomBytes(secretBytes) : keptSecret(join(dataDirectory, "stream-url-secret"));
  }

  /** @param expiresAtMs rounded down to seconds */
  sign(streamId: string, expiresAtMs: number): SignedQuery {
    const expires = String(Math.floor(expiresAtMs / 1_000));
    return { expires, signature: this.#signatureOf(streamId, expires).toString("base64url") };
  }

  /**
   * Whether a request shows a signature, and a good one.
   *
   * @throws {GatewayError} `permission_denied` when it is not good, or no longer: whether there is such a stream is not said
   */
  shownIn(streamId: string, query: URLSearchParams, nowMs: number): boolean {
    const signature = query.get("signature");
    if (signature === null) return false;
    const expires = query.get("expires") ?? "";
    const shown = Buffer.from(signature, "base64url");
    const expected = this.#signatureOf(streamId, expires);
    const isGood = shown.length === expected.length && timingSafeEqual(shown, expected);
    if (isGood && Number(expires) * 1_000 > nowMs) return true;
    throw new GatewayError("permission_denied", "The signature is not valid, or no longer");
  }

  #signatureOf(streamId: string, expires: string): Buffer {
    return createHmac("sha256", this.#secret).update(`read\n${streamId}\n${expires}`).digest();
  }
}

function keptSecret(file: string): Buffer {
  if (!existsSync(file)) {
    writeFileSync(file, randomBytes(secretBytes).toString("base64url"), { mode: 0o600 });
  }
  return Buffer.from(readFileSync(file, "utf8"), "base64url");
}
