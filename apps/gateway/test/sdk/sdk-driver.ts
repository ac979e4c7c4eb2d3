/** What a test asks, in no SDK's words. */
export interface Ask {
  readonly model: string;
  /** User, assistant, user, and so on; the last one is the user's. */
  readonly turns: readonly string[];
  readonly system?: string;
  readonly stop?: readonly string[];
  readonly maxTokens?: number;
  readonly attachment?: "image" | "pdf";
  /** Think, and show it where the SDK can. */
  readonly reasoning?: boolean;
  readonly signal?: AbortSignal;
}

/** What an SDK made of the answer. */
export interface Answer {
  readonly text: string;
  /** The SDK's own word. */
  readonly finish: string | null | undefined;
  readonly inputTokens: number | undefined;
  /** Reasoning included. */
  readonly outputTokens: number | undefined;
  readonly reasoningTokens: number | undefined;
  /** Readable reasoning. */
  readonly thinking: string;
  /** Pieces of text that came one by one; 1 for an answer that came whole. */
  readonly pieces: number;
}

/** A tool loop from the question to the answer that needs no more calls. */
export interface ToolLoop {
  /** Arguments that the SDK handed to the tool, in order. */
  readonly cities: readonly string[];
  readonly text: string;
}

/** A raised error, read as a user of the SDK would. */
export interface SdkFailure {
  /** Name of the SDK's own class. */
  readonly raised: string;
  readonly status: number | undefined;
  /** The header `gw-error`, or where the SDK hides headers the code in the body. */
  readonly code: unknown;
  /** The header `retry-after`, where the SDK shows headers. */
  readonly retryAfter: string | null;
}

/** One SDK, pointed at the gateway. Each method is what its users would write. */
export interface SdkDriver {
  readonly name: string;
  /** The vendor that speaks its dialect. */
  readonly home: "openai" | "anthropic" | "google";
  /** Its words for an answer that ended by itself, at its bound, and at a stop sequence, which some cannot ask for. */
  readonly finishes: { readonly stop: string; readonly length: string; readonly stopSequence: string | null };
  /** Names of the classes that it raises, by status. */
  readonly raises: Readonly<Record<400 | 401 | 404 | 429 | 503, string>>;
  /** Whether its own tool loop sends back what the format has for sealed reasoning, by the vendor that sealed it. */
  readonly returnsSeals: Readonly<Record<"openai" | "anthropic" | "google", boolean>>;
  ask(ask: Ask): Promise<Answer>;
  /** @param onText told of each piece of text as it comes */
  stream(ask: Ask, onText?: (text: string) => void): Promise<Answer>;
  /** Runs the SDK's own loop with {@link weatherOf} as its one tool. */
  useTools(ask: Ask, stream: boolean): Promise<ToolLoop>;
  /** Asks for a {@link planSchema} with the SDK's own helper. */
  parse(ask: Ask): Promise<unknown>;
  failure(error: unknown): SdkFailure;
}

/** Where the gateway is, and a key for it. */
export interface Connection {
  readonly url: string;
  readonly apiKey: string;
}
