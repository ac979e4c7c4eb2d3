export type { Frame } from "./frame.ts";
export type {
  DecodedRequest,
  EncodedRequest,
  ErrorReply,
  NativeCodec,
  NativePreparation,
  ReplyContext,
  ReplyObserver,
  StreamDecoder,
  StreamEncoder,
  TextDialect,
} from "./text-dialect.ts";
