import type { Capabilities } from "./capabilities.ts";
import type { EmbedRequest, EmbedResult } from "./embed.ts";
import type {
  ImageRequest,
  Job,
  MediaResult,
  RerankRequest,
  RerankResult,
  SpeechRequest,
  TranscribeRequest,
  TranscribeResult,
  VideoRequest,
} from "./media.ts";
import type { NativeLane } from "./native-lane.ts";
import type { ParamNote } from "./note.ts";
import type { TextEvent } from "./text-event.ts";
import type { TextRequest } from "./text-request.ts";
import type { TextResult } from "./text-result.ts";
import type { AttemptTimeouts, Transport, WireHeaders } from "./transport.ts";

/** What surrounds one call. All of it may be left out. */
export interface Call {
  /** Aborting frees the socket and fails the call with `aborted`. */
  readonly signal?: AbortSignal;
  /** Overrides of the provider's bounds for this call. */
  readonly timeouts?: Partial<AttemptTimeouts>;
  /** Headers that the vendor gives meaning to. Never credentials. */
  readonly headers?: WireHeaders;
  /** Refuse (`unsupported_parameter`) instead of mapping or dropping a parameter. */
  readonly strictParams?: boolean;
  /** Told what became of each parameter that was not sent as given, before anything is sent. */
  readonly onNotes?: (notes: readonly ParamNote[]) => void;
  /** Told the head of the vendor's reply: its request id and rate-limit headers. */
  readonly onReplyHead?: (status: number, headers: WireHeaders) => void;
}

/** Text in, text out. Every method throws `GatewayError`. */
export interface TextProvider {
  generate(request: TextRequest, call?: Call): Promise<TextResult>;
  /** Sends at the first `next()`. Leaving the loop early closes the connection. */
  stream(request: TextRequest, call?: Call): AsyncIterable<TextEvent>;
  countTokens?(request: TextRequest, call?: Call): Promise<{ readonly inputTokens: number }>;
}

/** A way of working that may outlast a connection. */
export interface JobProvider<Request, Result> {
  submit(request: Request, call?: Call): Promise<Job<Result>>;
  poll(handle: string, call?: Call): Promise<Job<Result>>;
  cancel?(handle: string, call?: Call): Promise<Job<Result>>;
}

/**
 * One vendor, or several behind one face.
 *
 * A method is present exactly where `capabilities` names its modality.
 */
export interface Provider {
  /** The name it is configured under. */
  readonly id: string;
  readonly capabilities: Capabilities;
  readonly text?: TextProvider;
  readonly embed?: (request: EmbedRequest, call?: Call) => Promise<EmbedResult>;
  readonly rerank?: (request: RerankRequest, call?: Call) => Promise<RerankResult>;
  readonly image?: JobProvider<ImageRequest, MediaResult>;
  readonly video?: JobProvider<VideoRequest, MediaResult>;
  readonly speech?: JobProvider<SpeechRequest, MediaResult>;
  readonly transcribe?: JobProvider<TranscribeRequest, TranscribeResult>;
  readonly native?: NativeLane;
  /** Closes idle connections. */
  close(): Promise<void>;
}

/** A provider that surely has these methods, as the factory of one vendor knows. */
export type ProviderWith<Method extends keyof Provider> = Provider & Required<Pick<Provider, Method>>;

/** What every provider factory takes. */
export interface ProviderOptions {
  /** The name to go by; the vendor's by default. */
  readonly id?: string;
  readonly apiKey?: string;
  /** As the vendor's own SDK wants it. */
  readonly baseUrl?: string;
  /** Sent with every request. */
  readonly headers?: WireHeaders;
  readonly timeouts?: Partial<AttemptTimeouts>;
  /** The network; the platform's own by default. */
  readonly transport?: Transport;
}

/** The environment variables that a provider's options are read from, where no configuration gives them. */
export interface ProviderEnvironment {
  readonly apiKey: string;
  readonly baseUrl?: string;
  /** Options of the package's own, by name. */
  readonly options?: Readonly<Record<string, string>>;
  /** Names of options that switch the provider on once all of a set are there; `apiKey` alone by default. */
  readonly switchedOnBy?: readonly (readonly string[])[];
}

/** What a provider package exports as `providerPackage`, so that a gateway can load it by name. */
export interface ProviderPackage<Options extends ProviderOptions = ProviderOptions> {
  /** The vendor, as model strings and the catalogue name it; the package is `@gw/provider-<vendor>`. */
  readonly vendor: string;
  /** Environment variables that switch it on and configure it; `null` where it has to be configured by hand. */
  readonly environment: ProviderEnvironment | null;
  /**
   * Reads the options of a configuration file, in which `id` and secrets are already filled in.
   * @throws {GatewayError} `invalid_request` with the field at fault in `param`.
   */
  create(options: Options): Provider;
}
