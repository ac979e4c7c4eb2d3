import { GatewayError } from "./gateway-error.ts";
import type { ParamNote } from "./note.ts";
import type { Call } from "./provider.ts";

/**
 * Tells the caller what became of its parameters.
 * @throws {GatewayError} `unsupported_parameter` under `strictParams`, except for what only the history holds.
 */
export function reportNotes(notes: readonly ParamNote[], call: Call): void {
  if (notes.length === 0) return;
  if (call.strictParams === true) {
    const refused = notes.find(({ param }) => !param.startsWith("messages"));
    if (refused !== undefined) {
      throw new GatewayError("unsupported_parameter", `${refused.param} cannot be honoured: ${refused.detail}`, {
        param: refused.param,
      });
    }
  }
  call.onNotes?.(notes);
}
