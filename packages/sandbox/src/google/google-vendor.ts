import type { JsonObject } from "@gw/core";
import { wholeReply } from "../reply.ts";
import { noPrompt, type PreparedCall, type SandboxCall, type Vendor } from "../vendor.ts";
import { VendorError } from "../vendor-error.ts";
import { prepareEmbedding } from "./embed-content.ts";
import { prepareContent, prepareCount } from "./generate-content.ts";
import { googleErrorReply, googleHeaders } from "./wire.ts";

/** Google's Gemini API, simulated. */
export class GoogleVendor implements Vendor {
  readonly name = "google";
  readonly errorReply = googleErrorReply;

  authenticate({ headers, query }: Pick<SandboxCall, "headers" | "query">): void {
    const key = headers["x-goog-api-key"] ?? query.get("key") ?? headers.authorization?.replace(/^bearer\s*/i, "");
    if (typeof key === "string" && key.trim() !== "") return;
    // Google says 403 to a caller without a key, where the others say 401 (recorded 2026).
    throw new VendorError(
      403,
      "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
    );
  }

  prepare(call: SandboxCall): PreparedCall {
    const [, model = "", method] = /^\/v1(?:beta)?\/models\/(.+?)(?::(\w+))?$/.exec(call.path) ?? [];
    if (call.method === "GET" && method === undefined) return prepareModels(model);
    if (call.method === "POST" && model !== "") {
      switch (method) {
        case "generateContent":
          return prepareContent(call, model, false);
        case "streamGenerateContent":
          return prepareContent(call, model, true);
        case "countTokens":
          return prepareCount(call, model);
        case "embedContent":
          return prepareEmbedding(call, model, false);
        case "batchEmbedContents":
          return prepareEmbedding(call, model, true);
      }
    }
    throw new VendorError(404, `Not found: ${call.method} ${call.path}`);
  }
}

const models = ["gemini-2.5-flash", "gemini-2.5-pro", "gemini-3.5-flash", "gemini-embedding-001"];

/** `GET /v1beta/models` and `GET /v1beta/models/{model}`: a few, though every name is answered. */
function prepareModels(model: string): PreparedCall {
  const body = model === "" ? { models: models.map(entryOf) } : entryOf(model);
  return {
    model,
    prompt: noPrompt,
    answer: () => wholeReply(googleHeaders(), body, "application/json; charset=UTF-8"),
  };
}

function entryOf(model: string): JsonObject {
  const methods = model.includes("embedding") ? ["embedContent"] : ["generateContent", "countTokens"];
  return {
    name: `models/${model}`,
    version: "001",
    displayName: model,
    inputTokenLimit: 1_048_576,
    outputTokenLimit: 65_536,
    supportedGenerationMethods: methods,
  };
}
