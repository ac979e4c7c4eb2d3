import assert from "node:assert/strict";
import type { Modality } from "@gw/core/types";
import { checkUsage } from "./answer-cases.ts";
import { failsWith, replyOf, textOf } from "./exchange.ts";
import { embedRequest, textRequest } from "./neutral-requests.ts";
import { assertRequest } from "./request-cases.ts";
import type { ContractCase, Suite } from "./suite.ts";

const modalities: readonly Modality[] = ["text", "embed", "rerank", "image", "video", "speech", "transcribe"];

/** That the manifest tells the truth, and what is small enough not to have a file of its own: embeddings, token counts. */
export function modalityCases(suite: Suite): ContractCase[] {
  const { capabilities } = suite;
  return [
    {
      name: "manifest: a method is there exactly where a capability names it",
      run: async () => {
        const provider = suite.create({ baseUrl: "http://127.0.0.1:9" });
        for (const modality of modalities)
          assert.equal(provider[modality] !== undefined, capabilities[modality] !== undefined, modality);
        assert.equal(provider.text?.countTokens !== undefined, capabilities.text?.countTokens === true, "countTokens");
        const declared = modalities.flatMap((modality) => capabilities[modality]?.nativeDialects ?? []);
        assert.deepEqual([...suite.nativeDialects].sort(), [...new Set(declared)].sort(), "nativeDialects");
        await provider.close();
      },
    },
    ...(capabilities.embed === undefined ? [] : embedCases(suite)),
    ...(capabilities.text?.countTokens ? [countTokens(suite)] : []),
  ];
}

function embedCases(suite: Suite): ContractCase[] {
  const fixture = () => suite.fixtures.need("embed", suite.embedDialect);
  const embed = (reply = replyOf(fixture())) =>
    suite.against(reply, async (provider) => {
      assert.ok(provider.embed);
      return provider.embed(embedRequest(fixture().model));
    });
  return [
    {
      name: "embed: vectors in the order of the inputs, with usage",
      run: async () => {
        const { embeddings, usage } = fixture().expect;
        assert.ok(embeddings && usage, `${fixture().file}: expect must give embeddings and usage`);
        const result = await embed();
        assert.deepEqual(result.embeddings, embeddings);
        checkUsage(result, usage);
      },
    },
    { name: "embed: an error has its code", run: () => failsWith(embed({ status: 429 }), "rate_limited") },
    {
      name: "embed: garbage is reply_malformed",
      run: () => failsWith(embed({ body: '{"data": 7' }), "reply_malformed"),
    },
  ];
}

function countTokens(suite: Suite): ContractCase {
  return {
    name: "count-tokens: the vendor's count",
    run: async () => {
      const { fixtures } = suite;
      const fixture = fixtures.need("count-tokens");
      const { inputTokens } = fixture.expect;
      assert.ok(inputTokens, `${fixture.file}: expect.inputTokens must say the count`);
      await suite.against(replyOf(fixture), async (provider, upstream) => {
        const counted = await textOf(provider).countTokens?.(textRequest(fixture.model));
        assert.equal(counted?.inputTokens, inputTokens);
        assertRequest(suite, upstream.requests[0], fixtures.needRequest("request.count-tokens").request);
      });
    },
  };
}
