import type { JsonObject, JsonValue, Message, ResponseFormat, TextRequest } from "@gw/core/types";
import {
  readArray,
  readBoolean,
  readInteger,
  readNumber,
  readObject,
  readString,
  required,
  wrongType,
} from "../read-json.ts";
import type { DecodedRequest } from "../text-dialect.ts";
import { decodeContents, decodeInstruction } from "./decode-contents.ts";
import { decodeToolConfig, decodeTools } from "./decode-tools.ts";
import { jsonSchemaFromOpenApi } from "./json-schema-from-openapi.ts";
import { decodeThinking } from "./thinking.ts";
import { splitFields } from "./wire-fields.ts";

const bodyFields = [
  "model",
  "contents",
  "systemInstruction",
  "tools",
  "toolConfig",
  "generationConfig",
  "serviceTier",
] as const;

const configFields = [
  "temperature",
  "topP",
  "topK",
  "candidateCount",
  "maxOutputTokens",
  "stopSequences",
  "seed",
  "presencePenalty",
  "frequencyPenalty",
  "responseLogprobs",
  "logprobs",
  "responseMimeType",
  "responseSchema",
  "responseJsonSchema",
  "thinkingConfig",
] as const;

/**
 * Reads a `generateContent` body. Known fields may be spelled in camelCase or snake_case; unknown ones stay in
 * `providerOptions.gemini` as they came.
 *
 * @param url the model and the method as the path says them; without it the body's own `model` counts
 * @throws {GatewayError} `invalid_request` with the path of the field in `param`
 */
export function decodeRequest(
  value: JsonValue,
  url?: { readonly model: string; readonly stream: boolean },
): DecodedRequest {
  const { known, rest } = splitFields(required(readObject(value, "body"), "body"), bodyFields);
  const system = decodeInstruction(known.systemInstruction, "systemInstruction");
  const instructions: Message[] = system.length === 0 ? [] : [{ role: "system", content: system }];
  required(known.contents, "contents");
  const tools = decodeTools(known.tools);
  const { toolChoice, toolConfig } = decodeToolConfig(known.toolConfig);
  const config = decodeConfig(known.generationConfig);
  const serviceTier = decodeServiceTier(known.serviceTier);
  const own: JsonObject = { ...rest, ...toolConfig, ...config.own };
  const request: TextRequest = {
    model: url?.model ?? required(readString(known.model, "model"), "model").replace(/^models\//, ""),
    messages: [...instructions, ...decodeContents(known.contents, "contents")],
    ...(tools.length > 0 && { tools }),
    ...(toolChoice !== undefined && { toolChoice }),
    ...config.fields,
    ...(serviceTier !== undefined && { serviceTier }),
    ...(Object.keys(own).length > 0 && { providerOptions: { gemini: own as Record<string, JsonValue> } }),
  };
  return { request, stream: url?.stream ?? false, notes: [] };
}

function decodeServiceTier(value: JsonValue | undefined): string | undefined {
  const tier = readString(value, "serviceTier")?.toLowerCase();
  if (tier === "standard") return "default";
  return tier === "unspecified" ? undefined : tier;
}

interface DecodedConfig {
  readonly fields: Partial<TextRequest>;
  /** `{generationConfig}` with what has no neutral word, or nothing. */
  readonly own: JsonObject;
}

function decodeConfig(value: JsonValue | undefined): DecodedConfig {
  const path = "generationConfig";
  const config = readObject(value, path);
  if (config === undefined) return { fields: {}, own: {} };
  const { known, rest } = splitFields(config, configFields);
  const thinking = decodeThinking(known.thinkingConfig, `${path}.thinkingConfig`);
  const format = decodeFormat(known, path);
  const numbers = {
    temperature: readNumber(known.temperature, `${path}.temperature`),
    topP: readNumber(known.topP, `${path}.topP`),
    topK: readNumber(known.topK, `${path}.topK`),
    candidateCount: readInteger(known.candidateCount, `${path}.candidateCount`),
    maxOutputTokens: readInteger(known.maxOutputTokens, `${path}.maxOutputTokens`),
    seed: readInteger(known.seed, `${path}.seed`),
    presencePenalty: readNumber(known.presencePenalty, `${path}.presencePenalty`),
    frequencyPenalty: readNumber(known.frequencyPenalty, `${path}.frequencyPenalty`),
  };
  const stopSequences = readArray(known.stopSequences, `${path}.stopSequences`)?.map((sequence, index) =>
    required(readString(sequence, `${path}.stopSequences[${index}]`), `${path}.stopSequences[${index}]`),
  );
  const logprobs = decodeLogprobsWish(known, path);
  const own: JsonObject = {
    ...rest,
    ...format.own,
    ...(thinking.rest !== undefined && { thinkingConfig: thinking.rest }),
  };
  return {
    fields: {
      ...definedOnly(numbers),
      ...(stopSequences !== undefined && { stopSequences }),
      ...(logprobs !== undefined && { logprobs }),
      ...(format.responseFormat !== undefined && { responseFormat: format.responseFormat }),
      ...(thinking.reasoning !== undefined && { reasoning: thinking.reasoning }),
    },
    own: Object.keys(own).length > 0 ? { generationConfig: own } : {},
  };
}

function definedOnly<Field extends string>(fields: Readonly<Record<Field, number | undefined>>) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Key in Field]?: number;
  };
}

type ConfigFields = { readonly [Name in (typeof configFields)[number]]?: JsonValue };

function decodeLogprobsWish(known: ConfigFields, path: string): TextRequest["logprobs"] {
  const enabled = readBoolean(known.responseLogprobs, `${path}.responseLogprobs`);
  const top = readInteger(known.logprobs, `${path}.logprobs`);
  if (enabled === undefined && top === undefined) return undefined;
  return { enabled: enabled ?? false, ...(top !== undefined && { top }) };
}

function decodeFormat(
  known: ConfigFields,
  path: string,
): { readonly responseFormat?: ResponseFormat; own: JsonObject } {
  const mimeType = readString(known.responseMimeType, `${path}.responseMimeType`);
  const jsonSchema = readObject(known.responseJsonSchema, `${path}.responseJsonSchema`);
  const openApi = readObject(known.responseSchema, `${path}.responseSchema`);
  if (jsonSchema !== undefined && openApi !== undefined)
    throw wrongType(`${path}.responseJsonSchema`, "absent where responseSchema is given");
  const schema = jsonSchema ?? (openApi === undefined ? undefined : jsonSchemaFromOpenApi(openApi));
  if (mimeType !== undefined && mimeType !== "application/json" && mimeType !== "text/plain") {
    const given = { responseJsonSchema: jsonSchema, responseSchema: openApi };
    return { own: { responseMimeType: mimeType, ...JSON.parse(JSON.stringify(given)) } };
  }
  if (schema !== undefined) return { responseFormat: { type: "json-schema", schema }, own: {} };
  if (mimeType === undefined) return { own: {} };
  return { responseFormat: { type: mimeType === "text/plain" ? "text" : "json" }, own: {} };
}
