export { beginsAnswer } from "./begins-answer.ts";
export { TextCollector } from "./collect-text.ts";
export { errorCodes } from "./error-code.ts";
export { GatewayError, isGatewayError } from "./gateway-error.ts";
export { isJsonObject } from "./json.ts";
export { parseModelString } from "./model-string.ts";
export { reportNotes } from "./report-notes.ts";
export type * from "./types.ts";
export { unknownUsage } from "./usage.ts";
