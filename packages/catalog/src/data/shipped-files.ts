import type { CatalogFile } from "../catalog-file.ts";
import alibaba from "./alibaba.gen.json" with { type: "json" };
import anthropic from "./anthropic.gen.json" with { type: "json" };
import assemblyai from "./assemblyai.gen.json" with { type: "json" };
import bedrock from "./bedrock.gen.json" with { type: "json" };
import blackForestLabs from "./black-forest-labs.gen.json" with { type: "json" };
import cerebras from "./cerebras.gen.json" with { type: "json" };
import cohere from "./cohere.gen.json" with { type: "json" };
import deepgram from "./deepgram.gen.json" with { type: "json" };
import deepseek from "./deepseek.gen.json" with { type: "json" };
import elevenlabs from "./elevenlabs.gen.json" with { type: "json" };
import fireworks from "./fireworks.gen.json" with { type: "json" };
import google from "./google.gen.json" with { type: "json" };
import groq from "./groq.gen.json" with { type: "json" };
import jina from "./jina.gen.json" with { type: "json" };
import minimax from "./minimax.gen.json" with { type: "json" };
import mistral from "./mistral.gen.json" with { type: "json" };
import moonshot from "./moonshot.gen.json" with { type: "json" };
import openai from "./openai.gen.json" with { type: "json" };
import perplexity from "./perplexity.gen.json" with { type: "json" };
import recraft from "./recraft.gen.json" with { type: "json" };
import runway from "./runway.gen.json" with { type: "json" };
import stability from "./stability.gen.json" with { type: "json" };
import together from "./together.gen.json" with { type: "json" };
import voyage from "./voyage.gen.json" with { type: "json" };
import workersAi from "./workers-ai.gen.json" with { type: "json" };
import xai from "./xai.gen.json" with { type: "json" };
import zai from "./zai.gen.json" with { type: "json" };

/** What comes with the package; `tools/sync-catalog.ts` writes it. */
export const shippedFiles = [
  alibaba,
  anthropic,
  assemblyai,
  bedrock,
  blackForestLabs,
  cerebras,
  cohere,
  deepgram,
  deepseek,
  elevenlabs,
  fireworks,
  google,
  groq,
  jina,
  minimax,
  mistral,
  moonshot,
  openai,
  perplexity,
  recraft,
  runway,
  stability,
  together,
  voyage,
  workersAi,
  xai,
  zai,
] as unknown as readonly CatalogFile[];
