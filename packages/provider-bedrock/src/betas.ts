import type { JsonValue, ParamNote, WireHeaders } from "@gw/core/types";

/**
 * Beta switches that the vendor takes for Claude, and what it calls them. It refuses a request with any other ("invalid beta
 * flag"), while callers of the Messages API send many that only their own client or Anthropic's servers give a meaning to.
 *
 * @see AWS's page on Claude's Messages parameters and BerriAI/litellm's list of what each vendor takes, both read 2026-11-20;
 * router-for-me/CLIProxyAPI#4750 of 2026-08-03, which tried them one by one
 */
const taken: Readonly<Record<string, string>> = {
  "advanced-tool-use-2025-11-20": "tool-search-tool-2025-10-19",
  "compact-2026-01-12": "compact-2026-01-12",
  "computer-use-2024-10-22": "computer-use-2024-10-22",
  "computer-use-2025-01-24": "computer-use-2025-01-24",
  "computer-use-2025-11-24": "computer-use-2025-11-24",
  "context-1m-2025-08-07": "context-1m-2025-08-07",
  "context-management-2025-06-27": "context-management-2025-06-27",
  "dev-full-thinking-2025-05-14": "dev-full-thinking-2025-05-14",
  "effort-2025-11-24": "effort-2025-11-24",
  "fine-grained-tool-streaming-2025-05-14": "fine-grained-tool-streaming-2025-05-14",
  "interleaved-thinking-2025-05-14": "interleaved-thinking-2025-05-14",
  "mid-conversation-output-config-2026-07-01": "mid-conversation-output-config-2026-07-01",
  "mid-conversation-tool-changes-2026-07-01": "mid-conversation-tool-changes-2026-07-01",
  "output-128k-2025-02-19": "output-128k-2025-02-19",
  "thinking-binding-controls-2026-08-01": "thinking-binding-controls-2026-08-01",
  "thinking-display-updates-2026-08-18": "thinking-display-updates-2026-08-18",
  "token-efficient-tools-2025-02-19": "token-efficient-tools-2025-02-19",
  "tool-examples-2025-10-29": "tool-examples-2025-10-29",
  "tool-search-tool-2025-10-19": "tool-search-tool-2025-10-19",
};

const header = "anthropic-beta";

/** The beta switches of a request, and what became of those that do not go along. */
export interface Betas {
  readonly list: readonly string[];
  readonly notes: readonly ParamNote[];
}

/**
 * What the caller switches on by the `anthropic-beta` header and by `anthropic_beta` in the body. The latter is the vendor's
 * own field: what stands there goes as it is.
 */
export function betasOf(headers: WireHeaders | undefined, inBody: JsonValue | undefined): Betas {
  const list = new Set(Array.isArray(inBody) ? inBody.filter((beta) => typeof beta === "string") : []);
  const notes: ParamNote[] = [];
  for (const name of (headers?.[header] ?? "").split(",").map((beta) => beta.trim())) {
    if (name === "") continue;
    const beta = Object.hasOwn(taken, name) ? taken[name] : undefined;
    if (beta === undefined) notes.push({ param: header, outcome: "dropped", detail: `${name} is not known here` });
    else list.add(beta);
  }
  return { list: [...list], notes };
}
