export type { Capabilities, EmbedCapabilities, MediaCapabilities, Modality, TextCapabilities } from "./capabilities.ts";
export type {
  AssistantMessage,
  AssistantPart,
  AudioPart,
  CacheControl,
  DialectId,
  DocumentPart,
  ImagePart,
  MediaSource,
  Message,
  OpaquePart,
  Part,
  ReasoningPart,
  RefusalPart,
  SystemMessage,
  TextPart,
  ToolCallPart,
  ToolMessage,
  ToolResultPart,
  UserMessage,
  UserPart,
  VideoPart,
} from "./content.ts";
export type { EmbedRequest, EmbedResult } from "./embed.ts";
export type { ErrorCode, ErrorMeaning } from "./error-code.ts";
export type { GatewayError, GatewayErrorOptions, UpstreamReply } from "./gateway-error.ts";
export type { JsonObject, JsonValue } from "./json.ts";
export type {
  ImageRequest,
  Job,
  MediaAsset,
  MediaRequestBase,
  MediaResult,
  RerankRequest,
  RerankResult,
  SpeechRequest,
  TranscribeRequest,
  TranscribeResult,
  VideoRequest,
} from "./media.ts";
export type { ModelRef } from "./model-string.ts";
export type { NativeFrame, NativeLane, NativeReply, NativeRequest, Observation } from "./native-lane.ts";
export type { ParamNote } from "./note.ts";
export type {
  Call,
  JobProvider,
  Provider,
  ProviderEnvironment,
  ProviderOptions,
  ProviderPackage,
  ProviderWith,
  TextProvider,
} from "./provider.ts";
export type { TextEvent } from "./text-event.ts";
export type {
  FunctionTool,
  ReasoningEffort,
  ReasoningOptions,
  ResponseFormat,
  TextRequest,
  Tool,
  ToolChoice,
  VendorTool,
} from "./text-request.ts";
export type { FinishReason, TextEnding, TextResult } from "./text-result.ts";
export type { AttemptTimeouts, Transport, WireHeaders, WireReply, WireRequest } from "./transport.ts";
export type { Usage } from "./usage.ts";
