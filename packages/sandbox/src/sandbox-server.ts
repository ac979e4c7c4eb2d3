import type { IncomingMessage, ServerResponse } from "node:http";
import { isJsonObject } from "@gw/core";
import { AnthropicVendor } from "./anthropic/anthropic-vendor.ts";
import { type Fault, faultInPrompt, parseFault } from "./fault.ts";
import { GoogleVendor } from "./google/google-vendor.ts";
import { OpenAIVendor } from "./openai/openai-vendor.ts";
import { readBody } from "./read-body.ts";
import type { Reply } from "./reply.ts";
import { Scenario, type ScenarioRule } from "./scenario.ts";
import { seedOf } from "./seeded-random.ts";
import { sendReply } from "./send-reply.ts";
import { UsedFaults } from "./used-faults.ts";
import type { PreparedCall, SandboxCall, Vendor } from "./vendor.ts";
import { VendorError } from "./vendor-error.ts";

export interface SandboxServerOptions {
  /** Milliseconds between the events of a stream; 5 by default. The header `gw-sandbox-pace-ms` goes before it. */
  readonly paceMs?: number;
  /** What is to happen to which calls, instead of the usual. */
  readonly scenario?: readonly ScenarioRule[];
}

const defaultPaceMs = 5;
const slowestPaceMs = 60_000;

interface Planned {
  readonly reply: Reply;
  readonly fault: Fault;
}

/** Answers requests as three vendors do, told apart by path and key header. */
export class SandboxServer {
  readonly #openai = new OpenAIVendor();
  readonly #anthropic = new AnthropicVendor();
  readonly #google = new GoogleVendor();
  readonly #usedFaults = new UsedFaults();
  readonly #scenario: Scenario;
  readonly #paceMs: number;

  /** @throws {VendorError} when the scenario holds a fault that does not exist. */
  constructor(options: SandboxServerOptions) {
    this.#paceMs = options.paceMs ?? defaultPaceMs;
    this.#scenario = new Scenario(options.scenario ?? []);
  }

  /** Answers one request. Never rejects: whatever fails becomes an answer, or a closed connection. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    // A client that resets its connection is told by `close`, and is no failure of this process.
    request.on("error", () => gone.abort());
    response.on("error", () => gone.abort());
    response.setHeader("gw-sandbox", "true");
    try {
      const { reply, fault } = await this.#plan(request);
      const paceMs = readPace(request) ?? this.#paceMs;
      await sendReply(response, reply, { fault, paceMs, signal: gone.signal });
    } catch {
      response.destroy();
    }
  }

  async #plan(request: IncomingMessage): Promise<Planned> {
    const nowMs = Date.now();
    const url = new URL(request.url ?? "/", "http://sandbox");
    const vendor = this.#vendorOf(request, url);
    try {
      const { headers, method = "GET" } = request;
      vendor.authenticate({ headers, query: url.searchParams });
      const body = method === "POST" ? await readBody(request) : {};
      if (!isJsonObject(body)) throw new VendorError(400, "The request body is not a JSON object");
      const call: SandboxCall = { method, path: pathOf(url), query: url.searchParams, headers, body, nowMs };
      return this.#answer(vendor, vendor.prepare(call), call);
    } catch (error) {
      // Anything but a refusal is the sandbox's own mistake, and must not look like a vendor's rule.
      const refusal =
        error instanceof VendorError ? error : new VendorError(500, `gw-sandbox failed: ${String(error)}`);
      return { reply: vendor.errorReply(refusal, nowMs), fault: {} };
    }
  }

  #vendorOf({ headers }: IncomingMessage, url: URL): Vendor {
    if (url.pathname.startsWith("/v1beta") || /:\w+$/.test(url.pathname)) return this.#google;
    const isAnthropic =
      url.pathname.startsWith("/v1/messages") ||
      (url.pathname.startsWith("/v1/models") && (headers["x-api-key"] ?? headers["anthropic-version"]) !== undefined);
    return isAnthropic ? this.#anthropic : this.#openai;
  }

  #answer(vendor: Vendor, prepared: PreparedCall, call: SandboxCall): Planned {
    const { model, prompt } = prepared;
    const step = this.#scenario.next({ vendor: vendor.name, model, prompt: prompt.question });
    // Once the caller goes on with tool results, the turn that the prompt asked to fail is over.
    const inPrompt = prompt.isLast ? faultInPrompt(prompt.question) : null;
    const header = call.headers["gw-sandbox-fault"];
    const asked = typeof header === "string" ? parseFault(header) : (step.fault ?? inPrompt);
    const fault = this.#usedFaults.take(asked, seedOf(vendor.name, model, prompt.question)) ?? {};
    if (fault.status !== undefined && (fault.error === undefined || !isStream(call))) {
      return { reply: vendor.errorReply(errorOf(fault, fault.status), call.nowMs), fault };
    }
    const reply = prepared.answer(step.reply);
    if (fault.error !== undefined && reply.kind === "whole") {
      return { reply: vendor.errorReply(errorOf(fault, 500), call.nowMs), fault };
    }
    return { reply, fault };
  }
}

function isStream(call: SandboxCall): boolean {
  return call.body.stream === true || call.path.endsWith(":streamGenerateContent");
}

function errorOf(fault: Fault, status: number): VendorError {
  const retryAfter = fault["retry-after"];
  return new VendorError(status, messages[status] ?? `The sandbox was asked for a status of ${status}`, {
    ...(fault.code !== undefined && { code: fault.code }),
    ...(retryAfter !== undefined && { headers: { "retry-after": String(retryAfter) } }),
  });
}

const messages: Readonly<Record<number, string>> = {
  429: "Rate limit reached. Please try again later.",
  500: "The server had an error while processing your request. Sorry about that!",
  503: "The model is overloaded. Please try again later.",
  529: "Overloaded",
};

function pathOf(url: URL): string {
  try {
    return decodeURIComponent(url.pathname).replace(/(?<=.)\/$/, "");
  } catch {
    throw new VendorError(400, "The path is not valid");
  }
}

function readPace({ headers }: IncomingMessage): number | undefined {
  const text = headers["gw-sandbox-pace-ms"];
  const paceMs = typeof text === "string" ? Number(text) : Number.NaN;
  return paceMs >= 0 && paceMs <= slowestPaceMs ? paceMs : undefined;
}
