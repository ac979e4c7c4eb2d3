import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Sigv4Signer } from "../src/sigv4.ts";

const folder = join(import.meta.dirname, "../../../../shared/recordings-raw/sigv4/v4");
const skipReason = existsSync(folder) ? "" : " (skipped: no test vectors beside the repository)";

interface Context {
  readonly credentials: { access_key_id: string; secret_access_key: string; token?: string };
  readonly normalize: boolean;
  readonly sign_body: boolean;
  readonly omit_session_token?: boolean;
  readonly region: string;
  readonly service: string;
  readonly timestamp: string;
}

interface Vector {
  readonly name: string;
  readonly context: Context;
  readonly request: string;
  readonly canonical: string;
  readonly signature: string;
}

function readVectors(): Vector[] {
  if (skipReason !== "") return [];
  return readdirSync(folder).map((name) => {
    const read = (file: string) => readFileSync(join(folder, name, file), "utf8");
    return {
      name,
      context: JSON.parse(read("context.json")) as Context,
      request: read("request.txt"),
      canonical: read("header-canonical-request.txt"),
      signature: read("header-signature.txt").trim(),
    };
  });
}

/** Ways of signing that this service has no use for. */
function foreignWay({ name, context }: Vector): string | null {
  if (context.omit_session_token === true) return "the token is added after signing";
  const meaningful = /relative|slash/.test(name);
  return !context.normalize && meaningful ? "the path is signed unnormalised" : null;
}

/** A request as HTTP writes it. Lines that begin with a space go on with the header before them. */
function parseRequest(text: string) {
  const [head = "", ...body] = text.split("\n\n");
  const [first = "", ...lines] = head.replaceAll(/\n[ \t]+/g, " ").split("\n");
  const headers: Record<string, string> = {};
  for (const line of lines.filter((line) => line !== "")) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = headers[name] === undefined ? value : `${headers[name]},${value}`;
  }
  const [, method = "", target = ""] = /^(\S+) (.*) HTTP\/1\.1$/.exec(first) ?? [];
  const { host, ...others } = headers;
  return { method, url: `https://${host}${target}`, headers: others, body: body.join("\n\n") };
}

describe.skipIf(skipReason !== "")(`the official test vectors${skipReason}`, () => {
  const vectors = readVectors();
  test("are there", () => expect(vectors.length).toBeGreaterThan(30));

  for (const vector of vectors) {
    const reason = foreignWay(vector);
    if (reason !== null) {
      test.skip(`${vector.name} (${reason})`);
      continue;
    }
    test(vector.name, async () => {
      const { credentials, region, service, timestamp, sign_body } = vector.context;
      const { access_key_id, secret_access_key, token } = credentials;
      const signer = new Sigv4Signer(
        {
          accessKeyId: access_key_id,
          secretAccessKey: secret_access_key,
          ...(token !== undefined && { sessionToken: token }),
        },
        region,
        service,
      );
      const request = parseRequest(vector.request);
      const bodyHash = vector.canonical.trim().split("\n").at(-1) as string;
      const headers = sign_body ? { ...request.headers, "x-amz-content-sha256": bodyHash } : request.headers;
      const signed = await signer.sign({ ...request, headers }, Date.parse(timestamp));
      expect(signed.authorization).toContain(`Signature=${vector.signature}`);
      expect(signed["x-amz-security-token"]).toBe(token);
    });
  }
});

// Worked out once with Amazon's own client (@smithy/signature-v4 5.7) for the path of a model whose id holds a colon.
test("a path that is encoded already is encoded once more", async () => {
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
  const signer = new Sigv4Signer(credentials, "us-east-1", "bedrock");
  const request = {
    method: "POST",
    url: "https://bedrock-runtime.us-east-1.amazonaws.com/model/amazon.nova-micro-v1%3A0/converse",
    headers: { "content-type": "application/json" },
    body: '{"messages":[]}',
  };
  const signatures = [];
  for (const day of ["2026-11-20T06:00:00Z", "2026-11-20T23:59:59Z", "2026-11-21T00:00:00Z"]) {
    signatures.push((await signer.sign(request, Date.parse(day))).authorization);
  }
  const authorization = (day: string, signature: string) =>
    `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${day}/us-east-1/bedrock/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=${signature}`;
  expect(signatures).toEqual([
    authorization("20261120", "caafe71cd40d5c2659ce256fc463ef8606ad167a90d05f9da9cadb22958731ab"),
    authorization("20261120", "265a8c73e288ad6cde6846d652d3113d0b9d72d2885a5db48a8fa93194ac060c"),
    authorization("20261121", "ac9556671f3c604076f24e1f63a6338d329578505e2da782903990ca434c50af"),
  ]);
});
