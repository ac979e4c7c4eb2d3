import { PromptCache } from "../prompt-cache.ts";
import type { PreparedCall, SandboxCall, Vendor } from "../vendor.ts";
import { VendorError } from "../vendor-error.ts";
import { prepareCount, prepareMessage } from "./messages.ts";
import { prepareModels } from "./models.ts";
import { anthropicErrorReply } from "./wire.ts";

/** Anthropic, simulated. It remembers the prompts that were marked for its cache. */
export class AnthropicVendor implements Vendor {
  readonly name = "anthropic";
  readonly errorReply = anthropicErrorReply;
  readonly #cache = new PromptCache();

  authenticate({ headers }: Pick<SandboxCall, "headers">): void {
    const key = headers["x-api-key"];
    const hasKey = (typeof key === "string" && key.trim() !== "") || /^bearer\s+\S/i.test(headers.authorization ?? "");
    if (!hasKey) throw new VendorError(401, "x-api-key header is required");
    if (!headers["anthropic-version"]) throw new VendorError(400, "anthropic-version: header is required");
  }

  prepare(call: SandboxCall): PreparedCall {
    const [, resource, id] = /^\/v1\/(messages\/count_tokens|messages|models)(?:\/(.+))?$/.exec(call.path) ?? [];
    switch (`${call.method} ${resource}`) {
      case "POST messages":
        if (id === undefined) return prepareMessage(call, this.#cache);
        break;
      case "POST messages/count_tokens":
        if (id === undefined) return prepareCount(call);
        break;
      case "GET models":
        return prepareModels(id, call.nowMs);
    }
    throw new VendorError(resource === undefined || id !== undefined ? 404 : 405, "Not Found");
  }
}
