import { GatewayError, type JsonObject, type JsonValue, type TextRequest, type WireHeaders } from "@gw/core";
import { type EncodedRequest, foreignOptionNotes, NoteList } from "@gw/dialects";
import { betasOf } from "../betas.ts";
import { limitCachePoints } from "./cache-points.ts";
import type { ConverseQuirks } from "./converse-quirks.ts";
import { dialectId } from "./dialect-id.ts";
import { encodeMessages } from "./encode-messages.ts";
import { encodeToolConfig } from "./encode-tools.ts";
import { planInference } from "./plan-inference.ts";

/** @see @aws-sdk/client-bedrock-runtime 3.1162 `ServiceTierType` */
const serviceTiers: readonly string[] = ["default", "flex", "priority", "reserved"];

/** @see AWS's page on Converse, `requestMetadata`, read 2026-11-20 */
const metadataText = /^[a-zA-Z0-9\s:_@$#=/+,.-]{0,256}$/;

/**
 * A body for Converse; the model and whether to stream are said by the path.
 *
 * @throws {GatewayError} `unsupported_capability` for content that cannot be said, and for a `previousResponseId`
 */
export function encodeRequest(
  request: TextRequest,
  options: { readonly headers?: WireHeaders },
  quirks: ConverseQuirks,
): EncodedRequest {
  if (request.previousResponseId !== undefined) {
    throw new GatewayError("unsupported_capability", "This format has no earlier answers to refer to", {
      param: "previousResponseId",
    });
  }
  const notes = new NoteList();
  for (const note of foreignOptionNotes(request, dialectId)) notes.add(note);
  const own = request.providerOptions?.[dialectId] ?? {};
  const { system, messages } = encodeMessages(request.messages, quirks, notes);
  const toolConfig = encodeToolConfig(request, quirks, notes);
  limitCachePoints([...messages.map(({ content }) => content), system, toolConfig?.tools ?? []], notes);
  const plan = planInference(request, quirks, notes);
  const outputConfig = {
    ...encodeFormat(request, quirks, notes),
    ...(plan.effort !== undefined && { effort: plan.effort }),
  };
  noteUnsayable(request, notes);
  const body: JsonObject = {
    ...own,
    messages,
    ...(system.length > 0 && { system }),
    ...merged("inferenceConfig", own.inferenceConfig, plan.inferenceConfig),
    ...(toolConfig !== null && { toolConfig }),
    ...merged("additionalModelRequestFields", own.additionalModelRequestFields, {
      ...plan.additionalModelRequestFields,
      ...encodeBetas(options.headers, quirks, notes),
    }),
    ...merged("outputConfig", own.outputConfig, outputConfig),
    ...merged("requestMetadata", own.requestMetadata, encodeMetadata(request.metadata, notes)),
    ...encodeServiceTier(request.serviceTier, notes),
  };
  return { body, notes: notes.list() };
}

/** A group of fields, the caller's own ones among them; left out where it would be empty. */
function merged(name: string, own: JsonValue | undefined, fields: JsonObject): JsonObject {
  const group = { ...(own as JsonObject | undefined), ...fields };
  return Object.keys(group).length === 0 ? {} : { [name]: group };
}

/** Recorded 2026: the schema is a text. */
function encodeFormat({ responseFormat }: TextRequest, quirks: ConverseQuirks, notes: NoteList): JsonObject {
  if (responseFormat === undefined || responseFormat.type === "text") return {};
  if (responseFormat.type === "json") {
    notes.dropped("responseFormat", "JSON without a schema cannot be asked for");
    return {};
  }
  if (!quirks.structuredOutput) {
    notes.dropped("responseFormat", "the model has no structured output");
    return {};
  }
  const { schema, name, description } = responseFormat;
  const jsonSchema = {
    schema: JSON.stringify(schema),
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
  };
  return { textFormat: { type: "json_schema", structure: { jsonSchema } } };
}

function encodeBetas(headers: WireHeaders | undefined, quirks: ConverseQuirks, notes: NoteList): JsonObject {
  if (quirks.claude === null) return {};
  const { list, notes: own } = betasOf(headers, undefined);
  for (const note of own) notes.add(note);
  return list.length > 0 ? { anthropic_beta: [...list] } : {};
}

function encodeMetadata(metadata: TextRequest["metadata"], notes: NoteList): JsonObject {
  const entries = Object.entries(metadata ?? {});
  const legal = entries.filter(([key, value]) => key !== "" && metadataText.test(key) && metadataText.test(value));
  if (legal.length < entries.length) notes.dropped("metadata", "characters that the format does not take");
  return Object.fromEntries(legal);
}

function encodeServiceTier(tier: string | undefined, notes: NoteList): JsonObject {
  if (tier === undefined || tier === "auto") return {};
  if (serviceTiers.includes(tier)) return { serviceTier: { type: tier } };
  notes.dropped("serviceTier", "not a tier of this vendor");
  return {};
}

/** Reports the neutral fields that this format has no word for. Values that ask for what it does anyway are honoured. */
function noteUnsayable(request: TextRequest, notes: NoteList): void {
  const reason = "the format has no word for it";
  const unsayable = [
    "presencePenalty",
    "frequencyPenalty",
    "seed",
    "logitBias",
    "verbosity",
    "user",
    "promptCacheKey",
    "cacheControl",
  ] as const;
  for (const param of unsayable) if (request[param] !== undefined) notes.dropped(param, reason);
  if ((request.candidateCount ?? 1) !== 1) notes.dropped("candidateCount", reason);
  if (request.logprobs?.enabled) notes.dropped("logprobs", reason);
  if (request.store === true) notes.dropped("store", "answers are not stored");
}
