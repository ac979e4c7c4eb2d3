import { fetchTransport } from "@gw/provider-kit";
import { testProvider } from "@gw/provider-testkit";
import { type BedrockOptions, bedrock } from "../src/index.ts";

const fixtures = new URL("./wire/", import.meta.url);
const create = (options: Omit<BedrockOptions, "region">) => bedrock({ ...options, region: "us-east-1" });

const framed = {
  reason: "The vendor's streams are binary: its events become the format's own, which native.test.ts compares",
  tests: [
    "native anthropic-messages: a stream's frames are untouched",
    "native anthropic-messages: each frame is an event, however its bytes arrive",
    "native anthropic-messages: a caller who asks for what the provider adds gets it",
    "native anthropic-messages: an error inside a stream is thrown, not passed on",
  ],
};
const foreignErrors = {
  reason: "The vendor's errors are not in the format: callers get them in it, with the vendor's status and message",
  tests: ["native anthropic-messages: an error keeps the vendor's body"],
};
const counted = {
  reason: "The vendor counts tokens in a form of its own",
  tests: ["native anthropic-messages: a token count passes as it is"],
};
const otherModels = {
  reason: "Claude takes neither audio nor video, other models of the vendor do",
  tests: ["request: audioInput carries the bytes", "request: videoInput carries the bytes"],
};
const embeddings = {
  reason: "Embeddings are the same whichever format the text is in",
  tests: [
    "request: embed",
    "embed: vectors in the order of the inputs, with usage",
    "embed: an error has its code",
    "embed: garbage is reply_malformed",
  ],
};

testProvider("Bedrock, Converse", { create, fixtures, skip: [framed, foreignErrors, counted] });
testProvider("Bedrock, Claude", {
  create,
  fixtures,
  dialect: "anthropic-messages",
  skip: [framed, foreignErrors, counted, otherModels, embeddings],
});
testProvider("Bedrock over fetch", {
  create: (options) => create({ ...options, transport: fetchTransport() }),
  fixtures,
  skip: [framed, foreignErrors, counted],
});
