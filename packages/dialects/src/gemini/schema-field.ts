import type { JsonObject } from "@gw/core/types";
import type { NoteList } from "../note-list.ts";
import { openApiFromJsonSchema } from "./openapi-from-json-schema.ts";
import type { GeminiQuirks } from "./quirks.ts";
import { tidyReferences } from "./schema-references.ts";

/**
 * A JSON Schema in the form that the model's field takes, reporting what could not be kept.
 *
 * @param param the neutral field that holds the schema
 * @throws {GatewayError} `invalid_request` for a schema too deep or too large to be walked
 */
export function encodeSchema(schema: JsonObject, param: string, quirks: GeminiQuirks, notes: NoteList): JsonObject {
  const onLoss = () => notes.mapped(param, "keywords that the schema format lacks are left out");
  return quirks.schemaField === "openapi" ? openApiFromJsonSchema(schema, onLoss) : tidyReferences(schema, onLoss);
}
