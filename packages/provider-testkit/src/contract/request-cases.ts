import assert from "node:assert/strict";
import type { Call, EmbedRequest, ParamNote, TextRequest, ToolChoice, UserPart } from "@gw/core/types";
import type { ExpectedRequest } from "../fixtures/fixture.ts";
import type { ReceivedRequest } from "../upstream/start-upstream.ts";
import { answer, collect, failsWith, replyOf, textOf } from "./exchange.ts";
import {
  embedRequest,
  imagePart,
  jsonSchemaRequest,
  mediaRequest,
  pixel,
  textRequest,
  toolsRequest,
} from "./neutral-requests.ts";
import type { ContractCase, Suite } from "./suite.ts";

const otherMedia: readonly {
  readonly capability: "documentInput" | "audioInput" | "videoInput";
  readonly part: UserPart;
}[] = [
  {
    capability: "documentInput",
    part: {
      type: "document",
      filename: "a.pdf",
      source: { type: "base64", mediaType: "application/pdf", data: "JVBERi0xLjQK" },
    },
  },
  {
    capability: "audioInput",
    part: { type: "audio", source: { type: "base64", mediaType: "audio/wav", data: "UklGRiQAAAA=" } },
  },
  {
    capability: "videoInput",
    part: { type: "video", source: { type: "base64", mediaType: "video/mp4", data: "AAAAGGZ0eXA=" } },
  },
];

/** What the vendor is sent, and what is refused or reported instead. */
export function requestCases(suite: Suite): ContractCase[] {
  const { capabilities, fixtures } = suite;
  const text = capabilities.text;
  const embed =
    capabilities.embed === undefined
      ? []
      : [golden(suite, "request.embed", (model) => embedRequest(model), "embed" as const)];
  if (text === undefined) return embed;
  const toolChoice: ToolChoice = text.forcedTool ? { type: "tool", name: "weather" } : { type: "auto" };
  const tools = (model: string) => toolsRequest(model, toolChoice);
  const image = (model: string) => mediaRequest(model, imagePart);
  const refused = (name: string, build: (model: string) => TextRequest): ContractCase => ({
    name: `request: ${name} refused, as the capabilities say`,
    run: () =>
      suite.against(replyOf(fixtures.need("text")), async (provider, upstream) => {
        await failsWith(textOf(provider).generate(build(fixtures.need("text").model)), "unsupported_capability");
        assert.equal(upstream.requests.length, 0);
      }),
  });

  return [
    golden(suite, "request.text", textRequest, "generate"),
    ...(text.streaming ? [golden(suite, "request.text.stream", textRequest, "stream")] : []),
    text.tools ? golden(suite, "request.tools", tools, "generate") : refused("tools are", tools),
    text.imageInput ? golden(suite, "request.image", image, "generate") : refused("images are", image),
    ...otherMedia.map(({ capability, part }) => {
      const build = (model: string) => mediaRequest(model, part);
      return text[capability] ? carried(suite, capability, part) : refused(`${part.type} input is`, build);
    }),
    text.structuredOutput ? golden(suite, "request.json-schema", jsonSchemaRequest, "generate") : noSchema(suite),
    ...(text.reasoning ? [reasoningReturns(suite)] : []),
    ...embed,
    ...paramCases(suite),
    ...headCases(suite),
  ];
}

/** The request, spelled out by hand, that a neutral one has to become. */
function golden(
  suite: Suite,
  name: string,
  build: (model: string) => TextRequest | EmbedRequest,
  method: "generate" | "stream" | "embed",
): ContractCase {
  return {
    name: `request: ${name.slice("request.".length)}`,
    run: async () => {
      const dialect = method === "embed" ? suite.embedDialect : suite.fixtures.dialect;
      const { fixture, request } = suite.fixtures.needRequest(name, dialect);
      const reply = suite.fixtures.need({ generate: "text", stream: "text.stream", embed: "embed" }[method], dialect);
      await suite.against(replyOf(reply), async (provider, upstream) => {
        const neutral = build(fixture.model);
        if (method === "embed") await provider.embed?.(neutral as EmbedRequest);
        else if (method === "stream") await collect(textOf(provider).stream(neutral as TextRequest));
        else await textOf(provider).generate(neutral as TextRequest);
        assert.equal(upstream.requests.length, 1);
        assertRequest(suite, upstream.requests[0], request);
      });
    },
  };
}

/** Compares path, the headers that are spelled out, and the body. */
export function assertRequest(suite: Suite, received: ReceivedRequest | undefined, expected: ExpectedRequest): void {
  assert.ok(received, "a request was sent");
  assert.equal(received.method, "POST");
  assert.equal(received.path, expected.path);
  assert.match(received.headers["content-type"] ?? "", /^application\/json\b/);
  for (const [name, value] of Object.entries(expected.headers))
    assert.equal(received.headers[name], value.replace("{apiKey}", suite.apiKey), `header ${name}`);
  assert.deepEqual(received.json(), expected.body);
}

/** Media beyond images have no fixture of their own: their bytes must be in the request. */
function carried(suite: Suite, capability: string, part: UserPart): ContractCase {
  return {
    name: `request: ${capability} carries the bytes`,
    run: async () => {
      const fixture = suite.fixtures.need("text");
      await suite.against(replyOf(fixture), async (provider, upstream) => {
        await textOf(provider).generate(mediaRequest(fixture.model, part));
        const data = "source" in part && part.source.type === "base64" ? part.source.data : pixel;
        assert.ok(upstream.requests[0]?.body.includes(data));
      });
    },
  };
}

function noSchema(suite: Suite): ContractCase {
  return {
    name: "request: a schema that the vendor cannot keep to is refused or reported",
    run: async () => {
      const fixture = suite.fixtures.need("text");
      const params: string[] = [];
      const call: Call = { onNotes: (notes) => params.push(...notes.map((note) => note.param)) };
      const build = () => jsonSchemaRequest(fixture.model);
      await suite.against(replyOf(fixture), async (provider) => {
        try {
          await textOf(provider).generate(build(), call);
        } catch (error) {
          await failsWith(Promise.reject(error), "unsupported_capability", "unsupported_parameter");
          return;
        }
        assert.notDeepEqual(params, [], "a dropped schema is reported");
      });
    },
  };
}

/** Sealed or signed reasoning only has worth for the vendor if it comes back as it went out. */
function reasoningReturns(suite: Suite): ContractCase {
  return {
    name: "request: reasoning goes back to the vendor as it came",
    run: async () => {
      const fixture = suite.fixtures.need("reasoning");
      const { content } = await answer(suite, fixture);
      const { signature, sealed } = fixture.expect.reasoning ?? {};
      const first = textRequest(fixture.model);
      const next: TextRequest = {
        ...first,
        messages: [...first.messages, { role: "assistant", content }, ...first.messages.slice(1)],
      };
      await suite.against(replyOf(fixture), async (provider, upstream) => {
        await textOf(provider).generate(next);
        for (const proof of [signature, sealed])
          if (proof !== undefined) assert.ok(upstream.requests[0]?.body.includes(JSON.stringify(proof)));
      });
    },
  };
}

/** A field that only another dialect knows cannot be honoured by anyone else. */
function paramCases(suite: Suite): ContractCase[] {
  const fixture = () => suite.fixtures.need("text");
  const request = (): TextRequest => ({
    ...textRequest(fixture().model),
    providerOptions: { "x-contract-dialect": { x_contract_option: 1 } },
  });
  return [
    {
      name: "params: what cannot be sent is reported before anything is sent",
      run: () =>
        suite.against(replyOf(fixture()), async (provider, upstream) => {
          const reports: { readonly notes: readonly ParamNote[]; readonly sent: number }[] = [];
          const onNotes = (notes: readonly ParamNote[]) => reports.push({ notes, sent: upstream.requests.length });
          await textOf(provider).generate(request(), { onNotes });
          const outcomes = reports.flatMap(({ notes }) => notes.map((note) => [note.param, note.outcome]));
          assert.deepEqual(outcomes, [["x_contract_option", "dropped"]]);
          assert.ok(reports.every(({ sent }) => sent === 0));
        }),
    },
    {
      name: "params: what cannot be sent is refused under strictParams",
      run: () =>
        suite.against(replyOf(fixture()), async (provider, upstream) => {
          const call: Call = { strictParams: true };
          await failsWith(textOf(provider).generate(request(), call), "unsupported_parameter");
          if (suite.capabilities.text?.streaming)
            await failsWith(collect(textOf(provider).stream(request(), call)), "unsupported_parameter");
          assert.equal(upstream.requests.length, 0);
        }),
    },
    {
      name: "params: strictParams lets an ordinary request through",
      run: () =>
        suite.against(replyOf(fixture()), async (provider) => {
          await textOf(provider).generate(textRequest(fixture().model), { strictParams: true });
        }),
    },
  ];
}

function headCases(suite: Suite): ContractCase[] {
  return [
    {
      name: "head: the caller is told the reply's head, and the answer stays the same",
      run: async () => {
        const fixture = suite.fixtures.need("text");
        const statuses: number[] = [];
        await suite.against(replyOf(fixture), async (provider) => {
          await textOf(provider).generate(textRequest(fixture.model), {
            onReplyHead: (status) => statuses.push(status),
          });
        });
        assert.deepEqual(statuses, [200]);
      },
    },
  ];
}
