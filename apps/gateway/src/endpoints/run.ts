import { GatewayError, isJsonObject, type JsonObject, type JsonValue } from "@gw/core";
import { openAIChat, openAIResponses } from "@gw/dialects";
import { type DecodedCall, type Endpoint, type ErrorVoice, modelOf } from "../pipeline/decode.ts";
import { parseBody } from "../pipeline/receive.ts";
import { embeddings } from "./embeddings.ts";
import { runPrompt } from "./run-prompt.ts";
import { textCall } from "./text-endpoint.ts";

/** Failures as `/ai/run` tells them; inside a stream in the form of its chunks. */
const runErrors: ErrorVoice = {
  encodeError: (error) => ({
    success: false,
    result: null,
    errors: [{ code: error.code, message: error.message }],
    messages: [],
  }),
  errorFrames: openAIChat.errorFrames,
};

const before = Buffer.from('{"success":true,"result":');
const after = Buffer.from(',"errors":[],"messages":[]}');

/** A whole answer inside the envelope. */
function envelope(body: Uint8Array | string): Uint8Array {
  return Buffer.concat([before, typeof body === "string" ? Buffer.from(body) : body, after]);
}

/** `POST /ai/run` with `{model, input, options?, metadata?}`. */
export const run: Endpoint = {
  name: "run",
  errors: runErrors,
  decode: ({ raw }) => {
    const body = parseBody(raw);
    if (body.options !== undefined && !isJsonObject(body.options)) {
      throw new GatewayError("invalid_request", "options must be an object", { param: "options" });
    }
    const call = callOf(modelOf(body), body.input);
    return body.metadata === undefined ? call : { ...call, metadata: body.metadata };
  },
};

/** `POST /ai/run/{model}`: the body is the input. */
export const runModel: Endpoint = {
  name: "run",
  errors: runErrors,
  decode: ({ raw, rest }) => callOf(rest, parseBody(raw)),
};

/** The shape of the input says what is asked for. */
function callOf(model: string, input: JsonValue | undefined): DecodedCall {
  if (typeof input === "string") return enveloped(runPrompt(model, { prompt: input }));
  if (!isJsonObject(input)) {
    throw new GatewayError("invalid_request", "input is required and must be an object or a string", {
      param: "input",
    });
  }
  if (input.messages !== undefined) return enveloped(withDialect(openAIChat, model, input));
  if (input.prompt !== undefined || typeof input.input === "string") return enveloped(runPrompt(model, input));
  if (Array.isArray(input.input) && isJsonObject(input.input[0])) {
    return enveloped(withDialect(openAIResponses, model, input));
  }
  const texts = input.text ?? input.input;
  if (texts !== undefined) {
    const { text: _text, ...rest } = input;
    const raw = Buffer.from(JSON.stringify({ ...rest, model, input: texts }));
    return enveloped(embeddings.decode({ raw, headers: {}, query: null, rest: "" }));
  }
  throw new GatewayError("invalid_request", "input must hold prompt, input, messages or text", { param: "input" });
}

function withDialect(
  dialect: typeof openAIChat | typeof openAIResponses,
  model: string,
  input: JsonObject,
): DecodedCall {
  const body: JsonObject = { ...input, model };
  return textCall(dialect, Buffer.from(JSON.stringify(body)), body);
}

function enveloped(call: DecodedCall): DecodedCall {
  return { ...call, envelope, withBody: (body) => enveloped(call.withBody(body)) };
}
