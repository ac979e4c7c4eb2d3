import type { JsonObject } from "@gw/core";

interface StoredResponse {
  readonly response: JsonObject;
  /** The conversation up to and with it. */
  readonly items: readonly JsonObject[];
}

const mostResponses = 1_000;

/** The last answers of one sandbox, for callers who go on from them by id. */
export class StoredResponses {
  readonly #byId = new Map<string, StoredResponse>();

  keep(response: JsonObject, items: readonly JsonObject[]): void {
    const id = String(response.id);
    this.#byId.delete(id);
    this.#byId.set(id, { response, items });
    const oldest = this.#byId.keys().next();
    if (this.#byId.size > mostResponses && !oldest.done) this.#byId.delete(oldest.value);
  }

  find(id: string): StoredResponse | undefined {
    return this.#byId.get(id);
  }
}
