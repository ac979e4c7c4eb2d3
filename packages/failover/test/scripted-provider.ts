import {
  type Call,
  type Capabilities,
  GatewayError,
  type NativeFrame,
  type ProviderWith,
  type TextEvent,
  type TextRequest,
  unknownUsage,
} from "@gw/core";

/** What a scripted provider does in one call: events or frames, and then perhaps an error. */
export interface Script {
  readonly events?: readonly TextEvent[];
  readonly batches?: readonly (readonly NativeFrame[])[];
  readonly error?: GatewayError;
  /** Says no more once all of that is out, until the call is aborted. */
  readonly hangs?: boolean;
}

export interface ScriptedProvider extends ProviderWith<"text" | "embed" | "native"> {
  /** The models that it was asked for. */
  readonly asked: string[];
  /** Streams that were begun and not ended or left. */
  readonly open: Set<object>;
  closed: number;
}

export const textCapabilities: NonNullable<Capabilities["text"]> = {
  nativeDialects: ["toy"],
  streaming: true,
  tools: false,
  parallelTools: false,
  forcedTool: false,
  structuredOutput: false,
  reasoning: false,
  imageInput: false,
  documentInput: false,
  audioInput: false,
  videoInput: false,
  usageInStream: true,
  countTokens: true,
};

/** A provider that answers call after call as scripted; the last script holds for all that follow. */
export function scriptedProvider(id: string, ...scripts: readonly Script[]): ScriptedProvider {
  const asked: string[] = [];
  const open = new Set<object>();
  const begin = (model: string): Script => {
    asked.push(model);
    return scripts[Math.min(asked.length, scripts.length) - 1] ?? {};
  };
  async function* play<Item>(
    script: Script,
    items: readonly Item[],
    call: Call,
  ): AsyncGenerator<Item, void, undefined> {
    const mark = {};
    open.add(mark);
    try {
      yield* items;
      if (script.hangs === true) await aborted(call);
      if (script.error !== undefined) throw script.error.from(id);
    } finally {
      open.delete(mark);
    }
  }
  async function whole<Result>(model: string, call: Call, result: Result): Promise<Result> {
    const script = begin(model);
    if (script.hangs === true) await aborted(call);
    if (script.error !== undefined) throw script.error.from(id);
    return result;
  }
  const ending = { finishReason: "stop", rawFinishReason: null, stopSequence: null, usage: unknownUsage } as const;
  const provider: ScriptedProvider = {
    id,
    asked,
    open,
    closed: 0,
    capabilities: { text: textCapabilities, embed: { nativeDialects: [], maxInputs: 10, dimensions: false } },
    text: {
      generate: ({ model }, call = {}) =>
        whole(model, call, { id, model, content: [{ type: "text", text: `from ${id}` }], ...ending }),
      async *stream({ model }: TextRequest, call: Call = {}) {
        const script = begin(model);
        yield* play(script, script.events ?? answerOf(id), call);
      },
      countTokens: ({ model }, call = {}) => whole(model, call, { inputTokens: id.length }),
    },
    embed: ({ model }, call = {}) => whole(model, call, { model, embeddings: [[1]], usage: unknownUsage }),
    native: {
      dialects: ["toy"],
      open: async ({ model, stream }, call) => {
        const observation = { id, model, finishReason: "stop", usage: unknownUsage } as const;
        const head = { status: 200, headers: { "x-from": id } };
        if (!stream) {
          await whole(model, call, null);
          return { type: "whole", ...head, bytes: Buffer.from(id), observation };
        }
        const script = begin(model);
        const batches = play(script, script.batches ?? [[frame("start"), frame(id, true)]], call);
        return { type: "stream", ...head, batches, observation: () => observation };
      },
    },
    close: async () => {
      provider.closed += 1;
    },
  };
  return provider;
}

/** A whole answer that says where it is from. */
export function answerOf(text: string): readonly TextEvent[] {
  return [...beginningOf(text), { type: "text-end", index: 0 }, end];
}

/** An answer as far as its first content. */
export function beginningOf(text: string): readonly TextEvent[] {
  return [...silence, { type: "text-delta", index: 0, text }];
}

/** All that comes before the first content. */
export const silence: readonly TextEvent[] = [
  { type: "response-start", id: null, model: null },
  { type: "text-start", index: 0 },
];

export const end: TextEvent = {
  type: "response-end",
  finishReason: "stop",
  rawFinishReason: null,
  stopSequence: null,
  usage: unknownUsage,
};

export function frame(text: string, content = false): NativeFrame {
  return { bytes: Buffer.from(text), content };
}

function aborted({ signal }: Call): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(new GatewayError("aborted", "aborted"));
    if (signal?.aborted === true) fail();
    signal?.addEventListener("abort", fail);
  });
}
