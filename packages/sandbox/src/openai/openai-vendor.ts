import type { PreparedCall, SandboxCall, Vendor } from "../vendor.ts";
import { VendorError } from "../vendor-error.ts";
import { prepareChat } from "./chat.ts";
import { prepareEmbeddings } from "./embeddings.ts";
import { prepareModels } from "./models.ts";
import { prepareInputTokens, prepareResponse, prepareStoredResponse } from "./responses.ts";
import { StoredResponses } from "./stored-responses.ts";
import { openAIErrorReply } from "./wire.ts";

/** OpenAI, simulated. It remembers the responses that it gave. */
export class OpenAIVendor implements Vendor {
  readonly name = "openai";
  readonly errorReply = openAIErrorReply;
  readonly #stored = new StoredResponses();

  authenticate({ headers }: Pick<SandboxCall, "headers">): void {
    if (/^bearer\s+\S/i.test(headers.authorization ?? "")) return;
    const message = "You didn't provide an API key. Send it in an Authorization header: Bearer YOUR_KEY.";
    throw new VendorError(401, message, { code: null });
  }

  prepare(call: SandboxCall): PreparedCall {
    const [, resource, id] = /^\/v1\/(chat\/completions|responses|embeddings|models)(?:\/(.+))?$/.exec(call.path) ?? [];
    switch (`${call.method} ${resource}`) {
      case "POST chat/completions":
        if (id === undefined) return prepareChat(call);
        break;
      case "POST responses":
        if (id === undefined) return prepareResponse(call, this.#stored);
        if (id === "input_tokens") return prepareInputTokens(call, this.#stored);
        break;
      case "GET responses":
        if (id !== undefined) return prepareStoredResponse(id, this.#stored);
        break;
      case "POST embeddings":
        if (id === undefined) return prepareEmbeddings(call);
        break;
      case "GET models":
        return prepareModels(id);
    }
    const status = resource === undefined ? 404 : 405;
    throw new VendorError(status, `Invalid URL (${call.method} ${call.path})`, { code: null });
  }
}
