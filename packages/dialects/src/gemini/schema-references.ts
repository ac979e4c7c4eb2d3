import type { JsonObject } from "@gw/core/types";
import { mapSubschemas } from "./subschemas.ts";

const allowedBeside = new Set(["$ref", "$defs", "definitions", "description", "default"]);

/**
 * A schema for `parametersJsonSchema` and `responseJsonSchema`, where a node with `$ref` may have nothing beside it but a
 * description and a default.
 *
 * @param onLoss called when a keyword had to be left out
 * @throws {GatewayError} `invalid_request` for a schema nested deeper than 100 levels
 * @see https://github.com/su-kaka/gcli2api/pull/374 (2026-05-09), and anomalyco/opencode#12295 for the vendor's words
 */
export function tidyReferences(schema: JsonObject, onLoss: () => void): JsonObject {
  const tidy = (node: JsonObject, depth: number): JsonObject => {
    const copy = mapSubschemas(node, depth, tidy);
    if (typeof copy.$ref !== "string") return copy;
    for (const key of Object.keys(copy)) {
      if (allowedBeside.has(key)) continue;
      delete copy[key];
      onLoss();
    }
    return copy;
  };
  return tidy(schema, 0);
}
