import { errorFromReply } from "@gw/dialects";
import type { VendorCodec } from "@gw/provider-kit";
import { type ConverseQuirks, converseQuirks } from "./converse-quirks.ts";
import { decodeResult } from "./decode-result.ts";
import { dialectId } from "./dialect-id.ts";
import { encodeRequest } from "./encode-request.ts";
import { ConverseStreamDecoder } from "./stream-decoder.ts";

/**
 * The Converse format, which Bedrock speaks for all of its models. No caller speaks it here, so that it has one side.
 *
 * @see `ConverseRequest` and `ConverseResponse` in @aws-sdk/client-bedrock-runtime 3.1162; recorded 2025 and 2026
 */
export const converse: VendorCodec<ConverseQuirks> = {
  id: dialectId,
  encodeRequest: (request, options, quirks = converseQuirks(request.model)) => encodeRequest(request, options, quirks),
  decodeResult,
  streamDecoder: () => new ConverseStreamDecoder(),
  decodeError: (reply) => errorFromReply(reply),
};
