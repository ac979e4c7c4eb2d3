import { FaultList, isFetchable, isObject, isText, type Raw } from "./fault-list.ts";

const requestFields =
  "contents systemInstruction tools toolConfig safetySettings generationConfig cachedContent labels serviceTier";
const configFields =
  "stopSequences responseMimeType responseSchema responseJsonSchema responseModalities candidateCount maxOutputTokens " +
  "temperature topP topK seed presencePenalty frequencyPenalty responseLogprobs logprobs thinkingConfig speechConfig " +
  "mediaResolution imageConfig";
// Of JSON Schema, what `parameters` and `responseSchema` take.
const openApiFields =
  "type format title description nullable enum maxItems minItems properties required minProperties maxProperties minLength " +
  "maxLength pattern example anyOf propertyOrdering default items minimum maximum";

/** Faults of a generateContent request. */
export function geminiFaults(body: Raw, model: string): string[] {
  const list = new FaultList();
  list.fields(body, "body", requestFields);
  list.expect(Array.isArray(body.contents) && body.contents.length > 0, "contents are missing");
  for (const part of body.systemInstruction?.parts ?? []) list.expect(isText(part.text), "a system part is empty");
  checkOptions(list, body);
  let waiting: string[] = [];
  for (const [index, content] of (body.contents ?? []).entries()) {
    const path = `contents[${index}]`;
    list.fields(content, path, "role parts");
    list.expect(content.role === "user" || content.role === "model", `${path}.role is ${content.role}`);
    list.expect(index > 0 || content.role === "user", "the model begins");
    list.expect(Array.isArray(content.parts) && content.parts.length > 0, `${path} is empty`);
    for (const [at, part] of (content.parts ?? []).entries())
      checkPart(list, part, `${path}.parts[${at}]`, content.role);
    const answered = (content.parts ?? []).flatMap((part: Raw) => part.functionResponse?.name ?? []);
    list.expect(
      answered.length === 0 ? waiting.length === 0 : String(answered) === String(waiting),
      `${path} answers ${answered} where ${waiting} wait`,
    );
    waiting = (content.parts ?? []).flatMap((part: Raw) => part.functionCall?.name ?? []);
    const first = (content.parts ?? []).find((part: Raw) => part.functionCall !== undefined);
    if (first !== undefined && /gemini-3/.test(model)) {
      list.expect(isText(first.thoughtSignature), `${path}: the first call has no signature`);
    }
  }
  list.expect(waiting.length === 0, `nothing answers ${waiting}`);
  return list.faults;
}

const name = /^[a-zA-Z_][\w.:-]{0,63}$/;
const kinds = ["text", "inlineData", "fileData", "functionCall", "functionResponse", "executableCode"];

function checkPart(list: FaultList, part: Raw, path: string, role: string): void {
  list.fields(part, path, `${kinds.join(" ")} thought thoughtSignature videoMetadata`);
  list.expect(kinds.filter((kind) => kind in part).length === 1, `${path} is not of one kind`);
  if ("text" in part) list.expect(typeof part.text === "string", `${path} has no text`);
  if (part.inlineData !== undefined) {
    list.expect(isText(part.inlineData.mimeType) && isText(part.inlineData.data), `${path} has no data`);
  }
  if (part.fileData !== undefined) list.expect(isFetchable(part.fileData.fileUri), `${path} has no file`);
  if (part.functionCall !== undefined) {
    list.expect(role === "model", `${path}: the user calls`);
    list.name(part.functionCall.name, `${path}.functionCall.name`, name);
    list.expect(isObject(part.functionCall.args ?? {}), `${path}.functionCall.args is no object`);
  }
  if (part.functionResponse !== undefined) {
    list.expect(role === "user", `${path}: the model answers`);
    list.expect(isObject(part.functionResponse.response), `${path}.functionResponse.response is no object`);
  }
}

function checkOptions(list: FaultList, body: Raw): void {
  const config = body.generationConfig ?? {};
  list.fields(config, "generationConfig", configFields);
  list.number(config.temperature, "temperature", 0, 2);
  list.number(config.topP, "topP", 0, 1);
  list.expect((config.stopSequences ?? []).length <= 5, "more than 5 stop sequences");
  list.expect(!("responseSchema" in config && "responseJsonSchema" in config), "two schemas are given");
  if ("responseSchema" in config || "responseJsonSchema" in config) {
    list.expect(config.responseMimeType === "application/json", "a schema without its media type");
  }
  if (config.responseSchema !== undefined) checkOpenApi(list, config.responseSchema, "responseSchema");
  const thinking = config.thinkingConfig ?? {};
  list.expect(!("thinkingBudget" in thinking && "thinkingLevel" in thinking), "a budget and a level");
  const declared: Raw[] = (body.tools ?? []).flatMap((tool: Raw) => tool.functionDeclarations ?? []);
  for (const [index, declaration] of declared.entries()) {
    const at = `functionDeclarations[${index}]`;
    list.fields(declaration, at, "name description parameters parametersJsonSchema response behavior");
    list.name(declaration.name, `${at}.name`, name);
    if (declaration.parameters !== undefined) checkOpenApi(list, declaration.parameters, `${at}.parameters`);
    if (declaration.parametersJsonSchema !== undefined) {
      list.objectSchema(declaration.parametersJsonSchema, `${at}.parametersJsonSchema`);
    }
  }
  const calling = body.toolConfig?.functionCallingConfig;
  if (calling === undefined) return;
  list.expect(declared.length > 0, "a tool choice without tools");
  list.expect(/^(?:AUTO|ANY|NONE|VALIDATED)$/.test(calling.mode), `the mode is ${calling.mode}`);
  for (const name of calling.allowedFunctionNames ?? []) {
    list.expect(
      declared.some((declaration) => declaration.name === name),
      `the forced tool ${name} is not offered`,
    );
  }
}

function checkOpenApi(list: FaultList, schema: Raw, path: string): void {
  list.fields(schema, path, openApiFields);
  list.expect(typeof (schema.type ?? "") === "string", `${path}.type is a list`);
  if (/^array$/i.test(schema.type)) list.expect(isObject(schema.items), `${path} has no items`);
  if (schema.items !== undefined) checkOpenApi(list, schema.items, `${path}.items`);
  for (const [index, option] of (schema.anyOf ?? []).entries()) checkOpenApi(list, option, `${path}.anyOf[${index}]`);
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    checkOpenApi(list, property, `${path}.properties.${name}`);
  }
}
